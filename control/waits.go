package control

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"pairmill/cluster"
	"pairmill/fetch"
)

// waits counts what requests wait for their host's turn, whatever pacer gives it. It decides nothing.
type waits struct {
	mu    sync.Mutex // guards what follows, and every host
	hosts map[string]*hostWaits
}

// hostWaits is one host while requests to it wait or are in flight, and a while longer if it asked to be left alone.
type hostWaits struct {
	open  int
	since map[*waited]time.Time // of those that wait
	why   string
	until time.Time // why holds until then
}

type waited struct{ _ byte } // has a size, so that two are not one

func newWaits() *waits { return &waits{hosts: map[string]*hostWaits{}} }

// over watches a pacer, and those that it makes for limits of their own.
func (w *waits) over(p fetch.Pacer) fetch.Pacer { return watchedPacer{w, p} }

type watchedPacer struct {
	waits *waits
	inner fetch.Pacer
}

var (
	_ fetch.Limitable  = watchedPacer{}
	_ fetch.Perishable = (*perishableLease)(nil)
)

// With implements fetch.Limitable.
func (p watchedPacer) With(limits fetch.PacerConfig) fetch.Pacer {
	if l, ok := p.inner.(fetch.Limitable); ok {
		return watchedPacer{p.waits, l.With(limits)}
	}
	return p
}

// Acquire implements fetch.Pacer.
func (p watchedPacer) Acquire(ctx context.Context, host string) (fetch.Lease, error) {
	mine := p.waits.ask(host)
	l, err := p.inner.Acquire(ctx, host)
	p.waits.got(host, mine, err == nil)
	if err != nil {
		return nil, err
	}
	lease := &watchedLease{Lease: l, waits: p.waits, host: host}
	if inner, ok := l.(fetch.Perishable); ok {
		return &perishableLease{lease, inner}, nil
	}
	return lease, nil
}

type watchedLease struct {
	fetch.Lease
	waits *waits
	host  string
	once  sync.Once
}

// Release implements fetch.Lease.
func (l *watchedLease) Release(o fetch.Outcome) {
	l.once.Do(func() { l.waits.done(l.host, o) })
	l.Lease.Release(o)
}

// perishableLease is a lease that can end by itself.
type perishableLease struct {
	*watchedLease
	fetch.Perishable
}

func (w *waits) ask(host string) *waited {
	mine := &waited{}
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hosts[host]
	if h == nil {
		h = &hostWaits{since: map[*waited]time.Time{}}
		w.hosts[host] = h
	}
	h.since[mine] = time.Now()
	return mine
}

func (w *waits) got(host string, mine *waited, granted bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hosts[host]
	delete(h.since, mine)
	if granted {
		h.open++
	}
	w.forget(host, h)
}

func (w *waits) done(host string, o fetch.Outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	h := w.hosts[host]
	h.open--
	now := time.Now()
	switch {
	case o.Pause > 0:
		h.why, h.until = fmt.Sprintf("it asked for a pause of %s (Retry-After, 429 or a challenge page)", o.Pause.Round(time.Second)), now.Add(o.Pause)
	case o.CrawlDelay > 0 && now.After(h.until):
		h.why, h.until = fmt.Sprintf("Crawl-delay %s", o.CrawlDelay), now.Add(o.CrawlDelay)
	}
	w.forget(host, h)
}

// forget drops a host that nothing is known of. The caller holds mu.
func (w *waits) forget(host string, h *hostWaits) {
	if h.open == 0 && len(h.since) == 0 {
		delete(w.hosts, host)
	}
}

// slow is how long a request must wait for its host to be told of: turns come about every half second.
const slow = 3 * time.Second

// longest lists the n hosts that were waited for longest, and how many are waited for at all.
func (w *waits) longest(n int) (list []cluster.HostWait, hosts int) {
	now := time.Now()
	w.mu.Lock()
	for host, h := range w.hosts {
		if len(h.since) == 0 {
			continue
		}
		hosts++
		x := cluster.HostWait{Host: host, Waiting: len(h.since), Open: h.open}
		for _, since := range h.since {
			x.For = max(x.For, now.Sub(since))
		}
		switch {
		case x.For < slow:
			continue
		case now.Before(h.until):
			x.Why = h.why
		case h.open > 0:
			x.Why = "a request is in flight"
		default:
			x.Why = "the delay between requests"
		}
		list = append(list, x)
	}
	w.mu.Unlock()
	slices.SortFunc(list, func(a, b cluster.HostWait) int { return cmp.Or(cmp.Compare(b.For, a.For), cmp.Compare(a.Host, b.Host)) })
	return list[:min(len(list), n)], hosts
}
