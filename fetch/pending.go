package fetch

import (
	"sync"
	"time"

	"pairmill/schemas"
)

// Pending is a Get that has not ended, for whoever shows what is slow.
type Pending struct {
	From    string            // the host that was asked for, as HostKey writes it
	Host    string            // the host that is asked now: another one after a redirect
	Since   time.Time         // of the Get
	State   schemas.WaitState // what it is doing
	Entered time.Time         // since when
	Until   time.Time         // when the next try begins; zero but for WaitRetry
}

// Timetable is a Pacer that says when a host's next request may start: a moment that has passed, or the zero time, means
// that only other requests can be in the way. why is what asked for the pause.
type Timetable interface {
	Next(host string) (at time.Time, why string)
}

// board knows each Get that has not ended, and each request for a robots.txt: as many entries as there are callers, twice
// at most. Its lock is held for a few moves of a request, never across a wait.
type board struct {
	mu   sync.Mutex
	gets map[*pending]struct{}
}

// pending is one entry.
type pending struct {
	board *board
	kind  Kind
	now   Pending // guarded by the board's lock, as is watch
	watch *watch  // of the request on the wire
}

func newBoard() *board { return &board{gets: map[*pending]struct{}{}} }

func (b *board) add(kind Kind, url string) *pending {
	host, now := HostKey(url), time.Now()
	p := &pending{board: b, kind: kind, now: Pending{From: host, Host: host, Since: now, State: schemas.WaitTurn, Entered: now}}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.gets[p] = struct{}{}
	return p
}

func (p *pending) done() {
	p.board.mu.Lock()
	defer p.board.mu.Unlock()
	delete(p.board.gets, p)
}

// at notes that the Get has come into a state, at a host.
func (p *pending) at(host string, s schemas.WaitState) { p.set(host, s, time.Time{}, nil) }

// wire notes that the request is on the wire, on w's clock.
func (p *pending) wire(w *watch) { p.set("", schemas.WaitAnswer, time.Time{}, w) }

// pause notes that the next try begins after d.
func (p *pending) pause(d time.Duration) { p.set("", schemas.WaitRetry, time.Now().Add(d), nil) }

func (p *pending) set(host string, s schemas.WaitState, until time.Time, w *watch) {
	p.board.mu.Lock()
	defer p.board.mu.Unlock()
	if host != "" {
		p.now.Host = host
	}
	p.now.State, p.now.Entered, p.now.Until, p.watch = s, time.Now(), until, w
}

// Pending lists what is being got, in no order.
func (f *Fetcher) Pending() []Pending {
	f.board.mu.Lock()
	defer f.board.mu.Unlock()
	all, robots := make([]Pending, 0, len(f.board.gets)), map[string]Pending{}
	for p := range f.board.gets {
		now := p.now
		if p.watch != nil && p.watch.still() {
			now.State = schemas.WaitMemory
		}
		if p.kind == Robots {
			robots[now.From] = now
		} else {
			all = append(all, now)
		}
	}
	for i := range all {
		if all[i].State == schemas.WaitRobots {
			all[i].take(robots[all[i].Host])
		}
	}
	return all
}

// take says of a Get that waits for a robots.txt what the request for that waits for, if it is not the file itself.
func (p *Pending) take(robots Pending) {
	switch robots.State {
	case schemas.WaitName, schemas.WaitTurn, schemas.WaitRetry:
		p.State, p.Entered, p.Until = robots.State, robots.Entered, robots.Until
	}
}

// Pause tells how long no request to a host may start, and what asked for that; 0 where the Pacer does not say.
func (f *Fetcher) Pause(host string) (left time.Duration, why string) {
	t, ok := f.pacer.(Timetable)
	if !ok {
		return 0, ""
	}
	at, why := t.Next(host)
	if left = time.Until(at); at.IsZero() || left <= 0 {
		return 0, ""
	}
	return left, why
}
