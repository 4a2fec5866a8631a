package pace

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"pairmill/cluster/mem"
	"pairmill/fetch"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(ownerURL); url != "" {
		ownerProcess(url, os.Getenv(ownerID))
		return
	}
	goleak.VerifyTestMain(m)
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// plane is a control plane process with an Owner, which may be killed.
type plane struct {
	peer  *mem.Peer
	owner *Owner
	end   context.CancelFunc
	ended chan struct{}
}

func startPlane(t *testing.T, m *mem.Medium, id string) *plane {
	t.Helper()
	peer := m.Join()
	o, err := NewOwner(peer, OwnerConfig{ID: id, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	p := &plane{peer: peer, owner: o, end: cancel, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		if err := o.Run(ctx); err != nil {
			t.Errorf("Run: %v", err)
		}
	}()
	return p
}

// kill ends the process without a word.
func (p *plane) kill() {
	p.peer.Cut()
	p.stop()
}

// handOver is how long after an owner has left in order its partitions have another: the look after its memory has ended.
const handOver = time.Second + lookEvery

// stop ends the process in order.
func (p *plane) stop() {
	p.end()
	<-p.ended
	_ = p.peer.Close()
}

// skew is a list of hosts as lists of pictures have them: the first holds a tenth, and most hold one.
func skew(rows int) []string {
	var list []string
	for rank := 1; len(list) < rows; rank++ {
		n := max(1, int(float64(rows)/10/math.Pow(float64(rank), 0.8)))
		for range min(n, rows-len(list)) {
			list = append(list, fmt.Sprintf("img.host%d.test:80", rank))
		}
	}
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// worker is a process with a Client that fetches what it is given.
type worker struct {
	n       int
	peer    *mem.Peer
	client  *Client
	network *weather
}

func startWorker(t *testing.T, m *mem.Medium, n int, w *weather) *worker {
	t.Helper()
	peer := m.Join()
	w.Calls = peer
	x := &worker{n: n, peer: peer, network: w}
	var err error
	if x.client, err = NewClient(x.network, ClientConfig{ID: fmt.Sprintf("w%d", n), Log: quiet}); err != nil {
		t.Fatal(err)
	}
	return x
}

func (x *worker) close() {
	x.client.Close()
	x.network.echoes.Wait()
	_ = x.peer.Close()
}

// fetch makes one request that takes a while, unless its turn ends by itself; then it makes another.
func (x *worker) fetch(t *testing.T, p fetch.Pacer, host string, takes time.Duration, v *visits) {
	for {
		l, err := p.Acquire(t.Context(), host)
		if err != nil {
			t.Errorf("Acquire %s: %v", host, err)
			return
		}
		perishable := l.(fetch.Perishable)
		if !perishable.Valid() {
			l.Release(fetch.Outcome{Unsent: true})
			continue
		}
		start := time.Now()
		timer := time.NewTimer(takes)
		broken := false
		select {
		case <-timer.C:
		case <-perishable.Context().Done():
			timer.Stop()
			broken = true
		}
		v.note(host, visit{start, time.Now(), x.n})
		l.Release(fetch.Outcome{})
		if !broken {
			return
		}
	}
}

// limits of the hosts of these tests, by their names.
func hostLimits(host string) fetch.PacerConfig {
	c := fetch.PacerConfig{PerHost: 1}
	if strings.Contains(host, "2.test") {
		c.PerHost = 3
	}
	if strings.Contains(host, "3.test") || strings.Contains(host, "22.test") {
		c.Delay = time.Second
	}
	return c
}

// TestMannersOfACluster: eight workers fetch one list while control planes are killed, suspended and stopped and workers
// are cut off, over a network that delays, loses and repeats; no host has more in flight than it may have, and no gap is
// under its delay.
func TestMannersOfACluster(t *testing.T) {
	t.Parallel()
	for round := range 2 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { manners(t, 2500) })
		})
	}
}

func manners(t *testing.T, rows int) {
	m := mem.NewMedium()
	rowsLeft := make(chan string, rows)
	for _, host := range skew(rows) {
		rowsLeft <- host
	}
	close(rowsLeft)
	var v visits
	var fetching sync.WaitGroup
	var workers []*worker
	for n := range 8 {
		x := startWorker(t, m, n, &weather{loss: 0.01, again: 0.02, delay: 30 * time.Millisecond})
		workers = append(workers, x)
		for range 16 {
			fetching.Go(func() {
				for host := range rowsLeft {
					x.fetch(t, x.client.With(hostLimits(host)), host, 20*time.Millisecond+rand.N(700*time.Millisecond), &v)
				}
			})
		}
	}
	done := make(chan struct{})
	var trouble sync.WaitGroup
	trouble.Go(func() { disturbPlanes(t, m, done) })
	trouble.Go(func() { disturbWorkers(workers, done) })
	start := time.Now()
	fetching.Wait()
	t.Logf("%d rows took %v", rows, time.Since(start))
	close(done)
	trouble.Wait()
	for _, x := range workers {
		x.close()
	}
	v.check(t, func(h string) int { return hostLimits(h).PerHost }, func(h string) time.Duration { return hostLimits(h).Delay })
}

// disturbPlanes keeps one or two control planes and ends them in every way.
func disturbPlanes(t *testing.T, m *mem.Medium, done <-chan struct{}) {
	planes := []*plane{startPlane(t, m, "c0"), startPlane(t, m, "c1")}
	for n := 2; ; n++ {
		select {
		case <-time.After(20*time.Second + rand.N(time.Minute)):
		case <-done:
			for _, p := range planes {
				p.stop()
			}
			return
		}
		victim := rand.IntN(len(planes))
		p := planes[victim]
		switch rand.IntN(4) {
		case 0, 1:
			p.kill()
		case 2:
			p.stop()
		case 3: // suspended: everything it knows is old when it comes back
			p.peer.Cut()
			time.Sleep(rand.N(30 * time.Second))
			p.peer.Mend()
			continue
		}
		planes[victim] = startPlane(t, m, fmt.Sprintf("c%d", n))
	}
}

// disturbWorkers cuts workers off for a while.
func disturbWorkers(workers []*worker, done <-chan struct{}) {
	for {
		select {
		case <-time.After(rand.N(20 * time.Second)):
		case <-done:
			return
		}
		x := workers[rand.IntN(len(workers))]
		x.peer.Cut()
		time.Sleep(rand.N(20 * time.Second))
		x.peer.Mend()
	}
}
