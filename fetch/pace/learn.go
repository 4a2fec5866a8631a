package pace

import (
	"context"
	"fmt"
	"time"
)

// minSweep is the fewest hosts that are worth sweeping.
const minSweep = 1024

// rememberRaised is how long a Crawl-delay is kept for a host that nobody asks for.
const rememberRaised = time.Hour

// finish takes a turn out of its host. The caller holds the lock.
func (d *desk) finish(t *turn, at time.Time) {
	h := t.host
	d.moved = append(d.moved, h)
	if t.place != nil {
		h.queue.Remove(t.place)
		t.place = nil
		return
	}
	h.inFlight--
	if h.starting == t {
		h.starting = nil
	}
	later(&h.lastEnd, at)
}

// undo takes back a grant under which nothing was sent.
func (d *desk) undo(t *turn) {
	h := t.host
	d.moved = append(d.moved, h)
	h.inFlight--
	if h.starting == t {
		h.starting = nil
	}
	if h.lastStart.Equal(t.granted) {
		h.lastStart = t.before
	}
}

// learn takes in an outcome.
func (d *desk) learn(h *host, x done, ended, now time.Time) []note {
	var notes []note
	if x.Pause > 0 {
		until := ended.Add(min(x.Pause, d.cfg.MaxDelay))
		h.pause(until, x.Why)
		if left := until.Sub(now); left > 0 && x.Pause > ttl/2 { // a shorter one is over when a successor begins
			notes = append(notes, note{Host: h.name, Why: x.Why, ttl: left})
		}
	}
	if x.CrawlDelay > 0 {
		crawl := min(x.CrawlDelay, d.cfg.MaxDelay)
		if crawl != h.crawl || now.Sub(h.noted) > rememberRaised/2 {
			notes = append(notes, note{Host: h.name, CrawlDelay: crawl, ttl: rememberRaised})
		}
		h.crawl = crawl
	}
	return notes
}

// remember leaves notes to a successor.
func (d *desk) remember(ctx context.Context, notes []note) error {
	for _, n := range notes {
		if err := d.memory.Remember(ctx, d.name, n.name(), n.encode(), n.ttl); err != nil {
			return fmt.Errorf("remember host %s: %w", n.Host, err)
		}
		if n.CrawlDelay > 0 {
			d.remembered(n)
		}
	}
	return nil
}

func (d *desk) remembered(n note) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if h := d.hosts[n.Host]; h != nil && h.crawl == n.CrawlDelay {
		h.noted = time.Now()
	}
}

// confirm notes that a client has a grant: its request has begun by now at the latest.
func (d *desk) confirm(t *turn, now time.Time) {
	if t == nil || t.place != nil {
		return
	}
	t.got = true
	if h := t.host; h.starting == t {
		h.starting = nil
		h.lastStart, t.granted = now, now
		d.moved = append(d.moved, h)
	}
}

// host finds or makes a host.
func (d *desk) host(name string) *host {
	if h := d.hosts[name]; h != nil {
		return h
	}
	if len(d.hosts) >= d.sweepAt {
		now := time.Now()
		for _, h := range d.hosts {
			d.forget(h, now)
		}
		d.sweepAt = max(minSweep, 2*len(d.hosts))
	}
	h := &host{name: name, lastEnd: d.floor}
	d.hosts[name] = h
	return h
}

// forget drops a host of which nothing matters any more.
func (d *desk) forget(h *host, now time.Time) {
	last := h.due(d.slowest)
	if h.inFlight > 0 || h.queue.Len() > 0 || !d.open || now.Before(last) || h.crawl > 0 && now.Sub(last) < rememberRaised {
		return
	}
	if d.hosts[h.name] == h {
		delete(d.hosts, h.name)
	}
}
