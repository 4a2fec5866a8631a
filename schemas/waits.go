package schemas

// Waits is what the work in a process waits for at one moment: the answer to "why is it so slow". It is volatile, and
// nothing is decided by it.
type Waits struct {
	Shards   int        `json:"shards"`    // fetch jobs in work
	URLs     int64      `json:"urls"`      // of theirs, without an answer
	InFlight int        `json:"in_flight"` // requests on the wire, for pages and pictures
	Queued   int        `json:"queued"`    // hosts that could be asked if more requests might be in flight
	Pixels   int        `json:"pixels"`    // pictures that have come and find every core at work
	Hosts    int        `json:"hosts"`     // with a request that has not ended
	Slowest  []HostWait `json:"slowest"`   // of those, the one that needs longest first
}

// HostWait is a host that work waits for. Times are in milliseconds.
type HostWait struct {
	Host    string    `json:"host"` // name:port
	URLs    int64     `json:"urls"` // that stand behind it, those in flight included
	Shards  int       `json:"shards,omitempty"`
	State   WaitState `json:"state"` // of the request that says most: one on the wire, else the oldest
	StateMS int64     `json:"state_ms"`
	AgeMS   int64     `json:"age_ms"`             // of the oldest request, from its beginning
	PauseMS int64     `json:"pause_ms,omitempty"` // until the next request may start
	Why     string    `json:"why,omitempty"`      // of the pause: "Retry-After", "Crawl-delay", "delay", "takeover" …
	MeanMS  int64     `json:"mean_ms,omitempty"`  // of an answer so far; 0 = none yet
	LeftMS  int64     `json:"left_ms"`            // until the last URL is answered, at this pace; at least
}

// WaitState is what a request that has not ended is doing.
type WaitState string

// The states, in the order of a request.
const (
	WaitRobots WaitState = "robots.txt" // for the host's robots.txt
	WaitName   WaitState = "name"       // for the look-up of the host's name
	WaitTurn   WaitState = "turn"       // for the host's turn: other requests, a delay, or a pause that it asked for
	WaitAnswer WaitState = "answer"     // on the wire
	WaitMemory WaitState = "memory"     // on the wire, but for room in memory
	WaitRetry  WaitState = "retry"      // until the next try
)
