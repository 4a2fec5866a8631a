package pace

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"pairmill/cluster"
	"pairmill/fetch"
)

// Partitions is the number of owners that there can be. Every process of a cluster must have the same.
const Partitions = 16

const (
	// ttl is how long what an owner has granted outlives its last word to the client, counted from before the client
	// asked. It spans a lock's takeover, nearly, so that few requests are broken off by the death of an owner.
	ttl = 8 * time.Second

	// guard is how long before the end of ttl a client breaks its requests off, so that their servers have seen it when
	// the owner counts on it.
	guard = time.Second

	// waitOut is how long a new owner grants nothing: until all that its predecessor granted has ended or was reported. The
	// predecessor may have granted until cluster.LockMargin before its lock was free, or for as long after it if the medium
	// has lost its disk.
	waitOut = ttl + cluster.LockMargin

	renewEvery = ttl / 3
	pollFor    = 3 * time.Second // how long a question may wait for a grant at the owner
	callWithin = 2 * time.Second // for an answer, without that wait
	maxOps     = 2000            // of a question: some 200 KB
	resendAt   = time.Second     // a grant that was not confirmed by then is sent again
)

// partition is where a host belongs: all hosts of a registrable domain have one owner.
func partition(host string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(fetch.Domain("http://" + host)))
	return int(h.Sum32() % Partitions)
}

// deskName names a partition's lock, its calls and what is remembered of it.
func deskName(n int) string { return "pace-" + strconv.Itoa(n) }

// question is what a client says to a partition's owner. Times are spans, because clocks are not compared.
type question struct {
	Client  string        `json:"client"`
	Session uint64        `json:"session"`        // grows whenever the client and the owner begin anew
	Seq     uint64        `json:"seq,omitempty"`  // grows with each question that has Wants or Dones; one that comes late says nothing
	Full    bool          `json:"full,omitempty"` // Held is all that the client holds; the first question of a session
	Held    []held        `json:"held,omitempty"`
	Wants   []want        `json:"wants,omitempty"` // also those that may have been heard before
	Dones   []done        `json:"dones,omitempty"`
	Got     []uint64      `json:"got,omitempty"` // tickets whose grants have come
	Wait    time.Duration `json:"wait,omitempty"`
}

// held is a request that may be in flight.
type held struct {
	Ticket uint64 `json:"ticket"`
	Host   string `json:"host"`
}

// want is a wait for a host's turn.
type want struct {
	Ticket  uint64        `json:"ticket"`
	Host    string        `json:"host"`
	Age     time.Duration `json:"age"` // since it was asked for
	PerHost int           `json:"per_host"`
	Delay   time.Duration `json:"delay,omitempty"`
}

// done is the end of a request, or of a wait.
type done struct {
	Ticket     uint64        `json:"ticket"`
	Host       string        `json:"host"`
	Ago        time.Duration `json:"ago"`
	CrawlDelay time.Duration `json:"crawl_delay,omitempty"`
	Pause      time.Duration `json:"pause,omitempty"`
	Why        string        `json:"why,omitempty"` // of Pause
	Unsent     bool          `json:"unsent,omitempty"`
}

// answer is what an owner says. It makes all that the client holds good for another ttl.
type answer struct {
	Epoch   uint64  `json:"epoch"`
	Session uint64  `json:"session"`
	Resync  bool    `json:"resync,omitempty"` // the owner does not know the session: ask again, Full; nothing was done
	Lost    bool    `json:"lost,omitempty"`   // what the client holds is not its own any more
	Grants  []grant `json:"grants,omitempty"`
	Delays  []delay `json:"delays,omitempty"` // some of what keeps the client waiting, now and then
}

// grant is the right to begin.
type grant struct {
	Ticket  uint64 `json:"ticket"`
	Host    string `json:"host"`
	Confirm bool   `json:"confirm,omitempty"` // at once: others wait for that
}

// delay is a host that the client waits for, and where nothing may start for a while.
type delay struct {
	Host string        `json:"host"`
	For  time.Duration `json:"for"`
	Why  string        `json:"why,omitempty"`
}

// takeover is why nothing starts while a new owner waits out what its predecessor may have granted.
const takeover = "takeover"

// maxDelays bounds what an answer says of them.
const maxDelays = 100

func decode[T any](b []byte) (T, error) {
	var v T
	if err := json.Unmarshal(b, &v); err != nil {
		return v, fmt.Errorf("not a pacer's message: %w", err)
	}
	return v, nil
}
