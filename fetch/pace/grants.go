package pace

import (
	"context"
	"time"
)

// settle grants what may start by all that was said: the first in a queue may have been said last.
func (d *desk) settle() {
	for _, h := range d.moved {
		d.dispatch(h)
		d.forget(h, time.Now())
	}
	clear(d.moved)
	d.moved = d.moved[:0]
}

// dispatch grants what may start now and arms the timer for what may not yet.
func (d *desk) dispatch(h *host) {
	for d.open && h.starting == nil && h.queue.Len() > 0 {
		t := h.queue.Front().Value.(*turn)
		if h.inFlight >= t.perHost {
			return
		}
		now := time.Now()
		if wait := h.due(t.delay).Sub(now); wait > 0 {
			d.arm(h, wait)
			return
		}
		h.queue.Remove(t.place)
		t.place = nil
		t.granted, t.before = now, h.lastStart
		h.lastStart = now
		h.inFlight++
		if t.perHost > 1 && max(t.delay, h.crawl) > 0 {
			h.starting = t // with one at a time, the next start is timed from the end
		}
		t.session.unsent = append(t.session.unsent, t)
		t.session.look()
	}
}

func (d *desk) arm(h *host, wait time.Duration) {
	if h.timer != nil {
		h.timer.Reset(wait)
		return
	}
	h.timer = time.AfterFunc(wait, func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.dispatch(h)
	})
}

// park waits until there is a grant to tell.
func (d *desk) park(ctx context.Context, s *session, long time.Duration) {
	t := time.NewTimer(min(long, pollFor))
	defer t.Stop()
	for !d.ready(s) {
		select {
		case <-s.wake:
		case <-t.C:
			return
		case <-ctx.Done():
			return
		case <-d.lock.Lost():
			return
		}
	}
}

// ready tells whether there is something to tell a client: a grant, or that its session is over.
func (d *desk) ready(s *session) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sessions[s.client] != s {
		return true
	}
	for _, t := range s.unsent {
		if t.sent.IsZero() {
			return true
		}
	}
	return false
}

// collect returns the grants that are new, and those that were sent long ago and not confirmed.
func (d *desk) collect(s *session) []grant {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	var grants []grant
	keep := s.unsent[:0]
	for _, t := range s.unsent {
		if t.got || s.turns[t.ticket] != t {
			continue
		}
		keep = append(keep, t)
		if t.sent.IsZero() || now.Sub(t.sent) >= resendAt {
			t.sent = now
			grants = append(grants, grant{Ticket: t.ticket, Host: t.host.name, Confirm: t.host.starting == t})
		}
	}
	clear(s.unsent[len(keep):])
	s.unsent = keep
	return grants
}

// delays tells a client which of its hosts are not to be asked for a while. Before the desk is open it knows nothing of
// them but that.
func (d *desk) delays(s *session) []delay {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	var list []delay
	seen := map[*host]bool{}
	for _, t := range s.turns {
		if t.place == nil || seen[t.host] {
			continue
		}
		seen[t.host] = true
		due, why := d.opens, takeover
		if d.open {
			due, why = t.host.due(t.delay), t.host.reason(t.delay)
		}
		if left := due.Sub(now); left > 0 {
			list = append(list, delay{t.host.name, left, why})
		}
		if len(list) == maxDelays {
			break
		}
	}
	return list
}

// start begins to grant: what the predecessor has left is known, and all that it granted has ended or was reported.
func (d *desk) start(left []note) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	d.open, d.floor = true, now
	for _, n := range left {
		h := d.host(n.Host)
		if n.CrawlDelay > 0 {
			h.crawl = max(h.crawl, n.CrawlDelay)
		} else {
			h.pause(now.Add(n.ttl), n.Why)
		}
	}
	for _, h := range d.hosts {
		later(&h.lastEnd, now)
		d.dispatch(h)
	}
}
