package pace

import (
	"container/list"
	"time"
)

// host is what an owner knows of a host. It is guarded by its desk's lock.
type host struct {
	name      string
	inFlight  int
	starting  *turn     // granted, and not known to have begun: until then the next start cannot be timed
	lastStart time.Time // of a request; an upper bound
	lastEnd   time.Time
	paused    time.Time // the host asked for no request before
	why       string    // of paused
	crawl     time.Duration
	noted     time.Time // when crawl was last remembered
	queue     list.List // of *turn, by when they were asked for
	timer     *time.Timer
}

// turn is a client's wait for a host, and then its request.
type turn struct {
	ticket  uint64
	host    *host
	session *session
	asked   time.Time
	perHost int
	delay   time.Duration

	place   *list.Element // in the host's queue; nil once granted
	granted time.Time
	before  time.Time // the host's lastStart before the grant
	sent    time.Time // when the grant was last put into an answer; zero: never
	got     bool      // the client has confirmed it
}

// due is when a request with this delay may start.
func (h *host) due(delay time.Duration) time.Time {
	delay = max(delay, h.crawl)
	due := h.paused
	for _, t := range []time.Time{h.lastStart, h.lastEnd} {
		if !t.IsZero() && t.Add(delay).After(due) {
			due = t.Add(delay)
		}
	}
	return due
}

// reason says why a request with this delay may not start before it is due.
func (h *host) reason(delay time.Duration) string {
	switch {
	case h.due(delay).Equal(h.paused):
		return h.why
	case h.crawl > delay:
		return "Crawl-delay"
	}
	return "delay"
}

// pause lets nothing start before a time.
func (h *host) pause(until time.Time, why string) {
	if until.After(h.paused) {
		h.paused, h.why = until, why
	}
}

// enqueue puts a turn behind those that were asked for before it.
func (h *host) enqueue(t *turn) {
	for e := h.queue.Back(); e != nil; e = e.Prev() {
		if !e.Value.(*turn).asked.After(t.asked) {
			t.place = h.queue.InsertAfter(t, e)
			return
		}
	}
	t.place = h.queue.PushFront(t)
}

// later sets a time unless it is later already.
func later(t *time.Time, to time.Time) {
	if to.After(*t) {
		*t = to
	}
}
