package pace

import (
	"context"
	"errors"
	"fmt"
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

	mu       sync.Mutex // guards what follows
	open     bool       // waitOut is over: turns are granted
	floor    time.Time  // when it was over: until then, predecessors' requests may have run on any host
	slowest  time.Duration
	hosts    map[string]*host
	sweepAt  int
	sessions map[string]*session
	moved    []*host // those in whose queue something has changed, to be dispatched when all is said
}

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

// minSweep is the fewest hosts that are worth sweeping.
const minSweep = 1024

// rememberRaised is how long a Crawl-delay is kept for a host that nobody asks for.
const rememberRaised = time.Hour

func newDesk(name string, lock cluster.Lock, memory cluster.Memory, cfg fetch.PacerConfig) *desk {
	return &desk{
		name: name, lock: lock, memory: memory, cfg: cfg,
		hosts: map[string]*host{}, sessions: map[string]*session{}, sweepAt: minSweep,
	}
}

var errNotMine = errors.New("not the owner of this partition any more")

// hear answers one question.
func (d *desk) hear(ctx context.Context, q question) (answer, error) {
	if !d.lock.Held() {
		return answer{}, errNotMine
	}
	a, notes, s := d.note(q)
	if s == nil {
		return a, nil
	}
	if err := d.remember(ctx, notes); err != nil { // before the client forgets what it has told
		return answer{}, err
	}
	if q.Wait > 0 {
		d.park(ctx, s, q.Wait)
	}
	a.Grants = d.collect(s, q.Session)
	if !d.lock.Held() { // so that whatever it grants, it granted while it held the lock
		return answer{}, errNotMine
	}
	return a, nil
}

// note takes in what a question says. Without a session nothing was done.
func (d *desk) note(q question) (answer, []note, *session) {
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

// settle grants what may start by all that was said: the first in a queue may have been said last.
func (d *desk) settle() {
	for _, h := range d.moved {
		d.dispatch(h)
		d.forget(h, time.Now())
	}
	clear(d.moved)
	d.moved = d.moved[:0]
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

// want queues a turn, unless it is there already.
func (d *desk) want(s *session, w want, now time.Time) {
	if s.turns[w.Ticket] != nil {
		return
	}
	h := d.host(w.Host)
	t := &turn{
		ticket: w.Ticket, host: h, session: s, asked: now.Add(-w.Age),
		perHost: max(w.PerHost, 1), delay: min(max(w.Delay, 0), d.cfg.MaxDelay),
	}
	d.slowest = max(d.slowest, t.delay)
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
		later(&h.paused, until)
		if left := until.Sub(now); left > 0 && x.Pause > ttl/2 { // a shorter one is over when a successor begins
			notes = append(notes, note{Host: h.name, ttl: left})
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

// look makes a parked question look again.
func (s *session) look() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
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
func (d *desk) collect(s *session, number uint64) []grant {
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

// begin of granting: what the predecessor has left is known, and all that it granted has ended or was reported.
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
			later(&h.paused, now.Add(n.ttl))
		}
	}
	for _, h := range d.hosts {
		later(&h.lastEnd, now)
		d.dispatch(h)
	}
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
