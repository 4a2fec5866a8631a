package pace

import (
	"context"
	"errors"
	"sync"
	"time"

	"pairmill/cluster"
	"pairmill/fetch"
)

// desk is a partition, as the process has it that owns it: who holds and who waits for which host. Its clock is its own,
// and everything that it counts on others to do it counts from what they said before.
type desk struct {
	name   string
	lock   cluster.Lock
	memory cluster.Memory
	cfg    fetch.PacerConfig
	opens  time.Time // when waitOut is over

	mu       sync.Mutex    // guards what follows
	open     bool          // waitOut is over: turns are granted
	floor    time.Time     // until then, requests that nobody knows of any more may have run on any host
	slowest  time.Duration // the longest delay that was asked for: how long a host is remembered
	hosts    map[string]*host
	sweepAt  int
	sessions map[string]*session
	moved    []*host // those in whose queue something has changed, to be dispatched when all is said
}

func newDesk(name string, lock cluster.Lock, memory cluster.Memory, cfg fetch.PacerConfig) *desk {
	return &desk{
		name: name, lock: lock, memory: memory, cfg: cfg, opens: time.Now().Add(waitOut),
		hosts: map[string]*host{}, sessions: map[string]*session{}, sweepAt: minSweep,
	}
}

var errNotMine = errors.New("not the owner of this partition any more")

// hear answers one question.
func (d *desk) hear(ctx context.Context, q question) (answer, error) {
	if !d.lock.Held() {
		return answer{}, errNotMine
	}
	a, notes, s := d.takeIn(q)
	if s == nil {
		return a, nil
	}
	if err := d.remember(ctx, notes); err != nil { // before the client forgets what it has told
		return answer{}, err
	}
	if q.Wait > 0 {
		d.park(ctx, s, q.Wait)
	}
	if a.Grants = d.collect(s); len(a.Grants) == 0 && q.Wait > 0 {
		a.Delays = d.delays(s)
	}
	if !d.lock.Held() { // so that whatever it grants, it granted while it held the lock
		return answer{}, errNotMine
	}
	return a, nil
}

// takeIn takes in what a question says. Without a session nothing was done.
func (d *desk) takeIn(q question) (answer, []note, *session) {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.settle()
	a := answer{Epoch: d.lock.Epoch(), Session: q.Session}
	s := d.sessions[q.Client]
	switch {
	case s != nil && q.Session < s.number, s == nil && !q.Full, s != nil && q.Session > s.number && !q.Full:
		a.Resync = true
		return a, nil, nil
	case q.Full && (s == nil || q.Session > s.number):
		s = d.begin(s, q, &a)
	}
	now := time.Now()
	s.until = now.Add(ttl)
	s.ends.Reset(ttl)
	for _, ticket := range q.Got {
		d.confirm(s.turns[ticket], now)
	}
	if q.Seq > 0 && q.Seq <= s.seq {
		return a, nil, s // a later one has said the same, and more
	}
	s.seq = max(s.seq, q.Seq)
	var notes []note
	for _, x := range q.Dones {
		notes = append(notes, d.done(s, x, now)...)
	}
	for _, w := range q.Wants {
		d.want(s, w, now)
	}
	return a, notes, s
}

// want queues a turn, unless it is there already.
func (d *desk) want(s *session, w want, now time.Time) {
	if s.turns[w.Ticket] != nil {
		return
	}
	delay := min(max(w.Delay, 0), d.cfg.MaxDelay)
	if delay > d.slowest { // hosts were forgotten sooner than this would have let them
		d.slowest, d.floor = delay, now
	}
	h := d.host(w.Host)
	t := &turn{ticket: w.Ticket, host: h, session: s, asked: now.Add(-w.Age), perHost: max(w.PerHost, 1), delay: delay}
	s.turns[w.Ticket] = t
	h.enqueue(t)
	d.moved = append(d.moved, h)
}

// done ends a turn, and learns what it has told of its host, whether or not the turn is still known: said twice, it
// changes nothing. It returns what a successor must know.
func (d *desk) done(s *session, x done, now time.Time) []note {
	ended := now.Add(-max(x.Ago, 0))
	t := s.turns[x.Ticket]
	delete(s.turns, x.Ticket)
	switch {
	case t != nil && t.place == nil && x.Unsent:
		d.undo(t)
		return nil
	case x.Unsent:
		if t != nil {
			d.finish(t, ended)
		}
		return nil
	case t != nil:
		d.finish(t, ended)
	}
	h := d.host(x.Host)
	later(&h.lastEnd, ended)
	d.moved = append(d.moved, h)
	return d.learn(h, x, ended, now)
}

// close forgets everything.
func (d *desk) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.open = false
	for _, s := range d.sessions {
		s.ends.Stop()
	}
	for _, h := range d.hosts {
		if h.timer != nil {
			h.timer.Stop()
		}
	}
	d.sessions, d.hosts = map[string]*session{}, map[string]*host{}
}
