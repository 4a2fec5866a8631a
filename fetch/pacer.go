package fetch

import (
	"container/list"
	"context"
	"sync"
	"time"
)

// PacerConfig says how often a host may be asked. The zero PacerConfig works.
type PacerConfig struct {
	PerHost  int           // requests in flight to one host; default 1; past it: requests wait
	Delay    time.Duration // between two requests, from start to start and from end to start; default 0
	MaxDelay time.Duration // the largest Crawl-delay and Pause that is obeyed in full; default 2 min, as CC's news crawler
}

// HostPacer is the Pacer of one process. It keeps a host only while a request to it is in flight or waiting, or while
// what was learnt about it still matters, so that its memory is bounded by the hosts of the last minutes, and no
// pressure on memory can make it forget a penalty. Hosts do not wait for each other.
type HostPacer struct {
	cfg PacerConfig

	mu      sync.Mutex
	hosts   map[string]*pacedHost
	sweepAt int // number of hosts at which those that can be forgotten are
}

var (
	_ Pacer     = (*HostPacer)(nil)
	_ Timetable = (*HostPacer)(nil)
)

// pacedHost is guarded by its pacer's lock.
type pacedHost struct {
	inFlight  int
	notBefore time.Time     // when the next request may start
	why       string        // what set notBefore
	delay     time.Duration // the configured one, or a longer Crawl-delay
	queue     list.List     // of *turn, first come first served
	timer     *time.Timer   // runs while only time keeps the first in the queue waiting
}

// turn is a wait for a lease; ready is closed when it is granted.
type turn struct {
	ready         chan struct{}
	before, after time.Time // the host's notBefore before and after the grant; set with ready
	why           string    // of before
}

// rememberRaised is how long an idle host's Crawl-delay is kept: it matters only with PerHost over 1, where a second
// request could start before the first has brought the delay back from the robots.txt cache.
const rememberRaised = time.Hour

// minSweep is the fewest hosts that are worth sweeping.
const minSweep = 1024

// NewPacer returns a pacer for one process. It starts no goroutine and needs no closing.
func NewPacer(cfg PacerConfig) *HostPacer {
	setDefault(&cfg.PerHost, 1)
	setDefault(&cfg.MaxDelay, 2*time.Minute)
	return &HostPacer{cfg: cfg, hosts: map[string]*pacedHost{}, sweepAt: minSweep}
}

// Acquire implements Pacer.
func (p *HostPacer) Acquire(ctx context.Context, host string) (Lease, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	p.mu.Lock()
	h := p.host(host)
	wait := &turn{ready: make(chan struct{})}
	place := h.queue.PushBack(wait)
	p.dispatch(h)
	p.mu.Unlock()

	lease := &hostLease{pacer: p, name: host, host: h, turn: wait}
	select {
	case <-wait.ready:
		return lease, nil
	case <-ctx.Done():
	}
	if p.withdraw(h, place) {
		lease.Release(Outcome{}) // granted at the same moment
	}
	return nil, context.Cause(ctx)
}

// withdraw takes a turn out of its queue and tells whether it had been granted before.
func (p *HostPacer) withdraw(h *pacedHost, place *list.Element) (granted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	select {
	case <-place.Value.(*turn).ready:
		return true
	default:
	}
	h.queue.Remove(place)
	if h.queue.Len() == 0 && h.timer != nil {
		h.timer.Stop()
	}
	return false
}

// host finds or makes a host's state. The caller holds the lock.
func (p *HostPacer) host(name string) *pacedHost {
	if h, ok := p.hosts[name]; ok {
		return h
	}
	if len(p.hosts) >= p.sweepAt {
		p.sweep()
	}
	h := &pacedHost{delay: p.cfg.Delay}
	p.hosts[name] = h
	return h
}

// sweep forgets what carries nothing. Sweeping again only at twice what is left keeps its cost per host constant.
func (p *HostPacer) sweep() {
	now := time.Now()
	for name, h := range p.hosts {
		if p.forgettable(h, now) {
			delete(p.hosts, name)
		}
	}
	p.sweepAt = max(minSweep, 2*len(p.hosts))
}

func (p *HostPacer) forgettable(h *pacedHost, now time.Time) bool {
	if h.inFlight > 0 || h.queue.Len() > 0 || now.Before(h.notBefore) {
		return false
	}
	return h.delay <= p.cfg.Delay || now.Sub(h.notBefore) >= rememberRaised
}

// dispatch grants what may start now and arms the timer for what may not yet. The caller holds the lock.
func (p *HostPacer) dispatch(h *pacedHost) {
	for h.queue.Len() > 0 && h.inFlight < p.cfg.PerHost {
		now := time.Now()
		if wait := h.notBefore.Sub(now); wait > 0 {
			p.arm(h, wait)
			return
		}
		h.inFlight++
		next := h.queue.Remove(h.queue.Front()).(*turn)
		next.before, next.why, next.after = h.notBefore, h.why, now.Add(h.delay)
		h.notBefore, h.why = next.after, p.spacing(h)
		close(next.ready)
	}
}

func (p *HostPacer) arm(h *pacedHost, wait time.Duration) {
	if h.timer != nil {
		h.timer.Reset(wait)
		return
	}
	h.timer = time.AfterFunc(wait, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.dispatch(h)
	})
}

func (p *HostPacer) release(name string, h *pacedHost, t *turn, o Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	h.inFlight--
	if o.Unsent {
		if h.notBefore.Equal(t.after) {
			h.notBefore, h.why = t.before, t.why
		}
	} else {
		p.learn(h, o, now)
	}
	p.dispatch(h)
	if p.forgettable(h, now) {
		delete(p.hosts, name)
	}
}

// learn moves the host's next start by what a request has told. The caller holds the lock.
func (p *HostPacer) learn(h *pacedHost, o Outcome, now time.Time) {
	if o.CrawlDelay > 0 {
		h.delay = max(p.cfg.Delay, min(o.CrawlDelay, p.cfg.MaxDelay))
	}
	p.hold(h, now.Add(h.delay), p.spacing(h))
	p.hold(h, now.Add(min(o.Pause, p.cfg.MaxDelay)), o.Why)
}

// hold lets nothing start before at. The caller holds the lock.
func (p *HostPacer) hold(h *pacedHost, at time.Time, why string) {
	if at.After(h.notBefore) {
		h.notBefore, h.why = at, why
	}
}

// spacing names what keeps a host's requests apart. The caller holds the lock.
func (p *HostPacer) spacing(h *pacedHost) string {
	if h.delay > p.cfg.Delay {
		return "Crawl-delay"
	}
	return "delay"
}

// Next implements Timetable.
func (p *HostPacer) Next(host string) (at time.Time, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h, ok := p.hosts[host]
	if !ok {
		return time.Time{}, ""
	}
	return h.notBefore, h.why
}

type hostLease struct {
	once  sync.Once
	pacer *HostPacer
	name  string
	host  *pacedHost
	turn  *turn
}

// Release implements Lease.
func (l *hostLease) Release(o Outcome) {
	l.once.Do(func() { l.pacer.release(l.name, l.host, l.turn, o) })
}
