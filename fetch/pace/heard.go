package pace

import (
	"slices"
	"time"

	"pairmill/fetch"
)

// hold is until when nothing may start at a host.
type hold struct {
	until time.Time
	why   string
}

// take takes an answer in.
func (l *link) take(q *question, a answer, asked time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a.Session != l.session {
		return
	}
	if a.Resync {
		l.known = false
		nudge(l.work)
		return
	}
	if a.Lost {
		l.lose()
	}
	if !l.known || l.epoch != a.Epoch {
		l.known, l.epoch = true, a.Epoch
		if l.stop != nil {
			l.stop()
		}
	}
	l.renew(asked)
	l.heard(q)
	for _, g := range a.Grants {
		l.grant(g)
	}
	if q.Wait > 0 && len(a.Grants) == 0 {
		l.holds = map[string]hold{}
		for _, d := range a.Delays {
			l.holds[d.Host] = hold{time.Now().Add(d.For), d.Why}
		}
	}
	if len(l.waits) > 0 {
		nudge(l.idle)
	}
	if len(l.fresh)+len(l.ends) > 0 {
		nudge(l.work)
	}
}

// renew makes what is held good for ttl from when a question was asked. The caller holds the lock.
func (l *link) renew(asked time.Time) {
	later(&l.renewed, asked)
	until := asked.Add(ttl - guard)
	if !until.After(l.until) {
		return
	}
	l.until = until
	if l.lapse == nil {
		l.lapse = time.AfterFunc(time.Until(until), l.lapsed)
	} else {
		l.lapse.Reset(time.Until(until))
	}
}

// lapsed loses what is held, unless it was renewed meanwhile.
func (l *link) lapsed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Now().Before(l.until) {
		return
	}
	l.lose()
	l.known = false
	nudge(l.work)
}

// lose breaks off what is held. The caller holds the lock.
func (l *link) lose() {
	if len(l.held) == 0 {
		return
	}
	clear(l.held)
	l.kill(ErrLeaseLost)
	l.revive()
}

// heard forgets what a question has said. The caller holds the lock.
func (l *link) heard(q *question) {
	for _, w := range q.Wants {
		if x := l.waits[w.Ticket]; x != nil {
			x.sent = true
		}
	}
	l.fresh = slices.DeleteFunc(l.fresh, func(w *wait) bool { return w.sent || l.waits[w.ticket] != w })
	l.ends = slices.Delete(l.ends, 0, len(q.Dones))
	for _, ticket := range q.Got {
		delete(l.got, ticket)
	}
}

// grant hands a turn to whoever waits for it, or gives it back. The caller holds the lock.
func (l *link) grant(g grant) {
	if l.held[g.Ticket] != nil {
		return // said twice
	}
	w := l.waits[g.Ticket]
	if w == nil { // withdrawn, or over already: the owner heard of it late
		if !slices.ContainsFunc(l.ends, func(e ending) bool { return e.Ticket == g.Ticket }) {
			l.tell(g.Ticket, g.Host, fetch.Outcome{Unsent: true})
		}
		return
	}
	l.got[g.Ticket] = true
	if g.Confirm {
		nudge(l.work)
	}
	delete(l.waits, g.Ticket)
	w.alive = l.alive
	l.held[g.Ticket] = &w.lease
	close(w.ready)
}
