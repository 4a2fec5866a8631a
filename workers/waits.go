package workers

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"pairmill/fetch"
	"pairmill/schemas"
)

// waits knows what the handlers of a process wait for: their fetchers, and the fetch jobs in work.
type waits struct {
	slots  atomic.Int64 // hosts that wait for one of the requests that may be in flight
	pixels atomic.Int64 // pictures that wait for a core

	mu       sync.Mutex // guards what follows
	fetchers []*fetch.Fetcher
	jobs     map[*fetching]map[string]*queue // the queues of each job, by host
}

func newWaits() *waits { return &waits{jobs: map[*fetching]map[string]*queue{}} }

// open takes in a fetcher, until close.
func (w *waits) open(f *fetch.Fetcher) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fetchers = append(w.fetchers, f)
}

// drop lets go of one.
func (w *waits) drop(f *fetch.Fetcher) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fetchers = slices.DeleteFunc(w.fetchers, func(x *fetch.Fetcher) bool { return x == f })
}

func (w *waits) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.fetchers = nil
}

// begin takes in a job, until end is called.
func (w *waits) begin(f *fetching, hosts []*queue) (end func()) {
	byHost := make(map[string]*queue, len(hosts))
	for _, q := range hosts {
		byHost[q.host] = q
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.jobs[f] = byHost
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.jobs, f)
	}
}

// Waits tells what the jobs in work wait for now, with at most so many hosts. It costs a look at each request that has
// not ended, and may be called at any time.
func (h *Handlers) Waits(most int) schemas.Waits {
	w := h.waits
	w.mu.Lock()
	defer w.mu.Unlock()
	out := schemas.Waits{Shards: len(w.jobs), Queued: int(w.slots.Load()), Pixels: int(w.pixels.Load())}
	for f := range w.jobs {
		out.URLs += f.left.Load()
		out.Queued += int(f.unvisited.Load())
	}
	now := time.Now()
	for _, f := range w.fetchers {
		hosts := groupByHost(f.Pending())
		out.Hosts += len(hosts)
		for host, gets := range hosts {
			for _, g := range gets {
				if g.State == schemas.WaitAnswer || g.State == schemas.WaitMemory {
					out.InFlight++
				}
			}
			pause, why := f.Pause(host)
			x := w.host(host, gets, pause, now)
			x.Why = why
			out.Slowest = append(out.Slowest, x)
		}
	}
	slices.SortFunc(out.Slowest, func(a, b schemas.HostWait) int {
		return cmp.Or(cmp.Compare(b.LeftMS, a.LeftMS), cmp.Compare(a.Host, b.Host))
	})
	out.Slowest = slices.Clip(out.Slowest[:min(len(out.Slowest), most)])
	return out
}

func groupByHost(gets []fetch.Pending) map[string][]fetch.Pending {
	hosts := make(map[string][]fetch.Pending, len(gets))
	for _, g := range gets {
		hosts[g.Host] = append(hosts[g.Host], g)
	}
	return hosts
}

// host adds up the requests that stand at one host, and what stands behind them. The caller holds the lock.
func (w *waits) host(host string, gets []fetch.Pending, pause time.Duration, now time.Time) schemas.HostWait {
	oldest, telling := gets[0], gets[0]
	from := map[string]bool{}
	for _, g := range gets {
		from[g.From] = true
		if g.Since.Before(oldest.Since) {
			oldest = g
		}
		if tells(g, telling) {
			telling = g
		}
	}
	x := schemas.HostWait{
		Host: host, State: telling.State, StateMS: now.Sub(telling.Entered).Milliseconds(), AgeMS: now.Sub(oldest.Since).Milliseconds(),
	}
	if telling.State == schemas.WaitRetry {
		x.StateMS = telling.Until.Sub(now).Milliseconds()
	}
	var pace pace
	for _, byHost := range w.jobs {
		counted := false
		for name := range from {
			if q := byHost[name]; q != nil {
				pace.add(q)
				counted = true
			}
		}
		if counted {
			x.Shards++
		}
	}
	x.URLs = max(pace.left, int64(len(gets))) // pages have no queue here
	x.MeanMS = pace.mean().Milliseconds()
	x.PauseMS = pause.Milliseconds()
	x.LeftMS = pace.time(len(gets), pause, now.Sub(oldest.Since)).Milliseconds()
	return x
}

// tells tells whether a says more of its host than b: what is on the wire, and of two alike the older.
func tells(a, b fetch.Pending) bool {
	wire := func(g fetch.Pending) bool { return g.State == schemas.WaitAnswer }
	if wire(a) != wire(b) {
		return wire(a)
	}
	return a.Entered.Before(b.Entered)
}

// pace is how fast the queues of one host empty.
type pace struct {
	left, answered int64
	each, wire     time.Duration // of an answer, with its waits for the host and on the wire alone: means, summed over what is left
}

func (p *pace) add(q *queue) {
	q.mu.Lock()
	defer q.mu.Unlock()
	p.left += q.left
	p.answered += q.answered
	p.each += q.each * time.Duration(q.left)
	p.wire += q.wire * time.Duration(q.left)
}

// mean is how long an answer takes on the wire.
func (p *pace) mean() time.Duration { return p.wire / time.Duration(max(p.left, 1)) }

// time is how long what is left will take if so many are asked for side by side after a pause, and the oldest has such an
// age. What an answer took counts with its waits for the host, but not with those for a core or for leave to ask: those are
// not the host's. Where there is no answer yet it is what is known: the pause, or that one takes as long as its age.
func (p *pace) time(together int, pause, age time.Duration) time.Duration {
	if p.answered == 0 {
		return cmp.Or(pause, age)
	}
	rest := p.each / time.Duration(together)
	switch {
	case pause == 0:
		return max(rest, age)
	case pause <= p.each/time.Duration(max(p.left, 1)): // a delay, which every answer so far has had as well
		return max(rest, pause)
	}
	return rest + pause
}
