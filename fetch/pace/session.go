package pace

import "time"

// session is what an owner knows of a client.
type session struct {
	client string
	number uint64
	seq    uint64           // the latest that was heard
	turns  map[uint64]*turn // waiting and granted
	unsent []*turn          // granted, and not confirmed
	until  time.Time        // when the client has broken off what it holds, unless it is heard of
	ends   *time.Timer      // runs until then
	wake   chan struct{}    // has a value when a parked question should look again
}

// begin makes a client's new session. What it holds is taken over from its last one or, while the desk is not open, from
// another owner; what it held and does not name has ended.
func (d *desk) begin(old *session, q question, a *answer) *session {
	s := &session{client: q.Client, number: q.Session, turns: map[uint64]*turn{}, wake: make(chan struct{}, 1)}
	s.ends = time.AfterFunc(ttl, func() { d.end(s) })
	now := time.Now()
	for _, x := range q.Held {
		if old != nil && old.turns[x.Ticket] != nil && old.turns[x.Ticket].place == nil {
			t := old.turns[x.Ticket]
			delete(old.turns, x.Ticket)
			t.session, t.got = s, true
			s.turns[x.Ticket] = t
			d.confirm(t, now)
			continue
		}
		if d.open {
			a.Lost = true
			continue
		}
		h := d.host(x.Host)
		h.inFlight++
		later(&h.lastStart, now)
		s.turns[x.Ticket] = &turn{ticket: x.Ticket, host: h, session: s, granted: now, got: true}
	}
	if old != nil {
		d.leave(old, now)
	}
	d.sessions[q.Client] = s
	return s
}

// end forgets a client that was not heard of for ttl.
func (d *desk) end(s *session) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sessions[s.client] == s && !time.Now().Before(s.until) { // it may have been heard of while we waited
		delete(d.sessions, s.client)
		d.leave(s, time.Now())
		d.settle()
	}
}

// leave ends all turns of a session. The caller holds the lock.
func (d *desk) leave(s *session, now time.Time) {
	s.ends.Stop()
	for _, t := range s.turns {
		d.finish(t, now)
	}
	s.turns, s.unsent = nil, nil
	s.look()
}

// look makes a parked question look again.
func (s *session) look() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
