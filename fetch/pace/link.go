package pace

import (
	"context"
	"sync"
	"time"

	"pairmill/fetch"
)

// link is a client's side of one partition: what it waits for, what it holds, and what it has to tell. Two loops talk to
// the owner: send says what is new, and poll keeps a question there that waits for grants.
type link struct {
	c    *Client
	name string

	work chan struct{} // has a value when send should look
	idle chan struct{} // has a value when poll should look

	mu      sync.Mutex // guards what follows
	session uint64
	seq     uint64      // of the questions of send
	known   bool        // the owner of epoch knows the session
	epoch   uint64      //
	renewed time.Time   // when the latest question that was answered was asked
	until   time.Time   // what is held is good until then
	lapse   *time.Timer // runs until then
	alive   context.Context
	kill    context.CancelCauseFunc // of alive
	stop    context.CancelFunc      // of the question that poll has at the owner; nil without one

	waits map[uint64]*wait
	fresh []*wait // not said in this session, or withdrawn
	held  map[uint64]*lease
	ends  []ending
	got   map[uint64]bool // grants that have come and were not confirmed
	holds map[string]hold // hosts at which nothing may start for a while, as the owner said last
	told  time.Time       // when a trouble was logged last
}

// ending is a done with its time.
type ending struct {
	done
	at time.Time
}

func newLink(c *Client, n int) *link {
	l := &link{
		c: c, name: deskName(n), work: make(chan struct{}, 1), idle: make(chan struct{}, 1),
		waits: map[uint64]*wait{}, held: map[uint64]*lease{}, got: map[uint64]bool{},
	}
	l.revive()
	return l
}

// revive makes a new context for leases. The caller holds the lock.
func (l *link) revive() { l.alive, l.kill = context.WithCancelCause(context.Background()) }

func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (l *link) ask(w *wait) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waits[w.ticket] = w
	l.fresh = append(l.fresh, w)
	nudge(l.work)
}

// withdraw gives up a wait, or the turn that was granted at the same moment.
func (l *link) withdraw(w *wait) {
	l.mu.Lock()
	_, waiting := l.waits[w.ticket]
	delete(l.waits, w.ticket)
	if waiting && w.said {
		l.tell(w.ticket, w.host, fetch.Outcome{Unsent: true})
	}
	l.mu.Unlock()
	if !waiting {
		w.Release(fetch.Outcome{Unsent: true})
	}
}

func (l *link) release(x *lease, o fetch.Outcome) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.held, x.ticket)
	l.tell(x.ticket, x.host, o)
}

// tell notes an outcome for the owner. The caller holds the lock.
func (l *link) tell(ticket uint64, host string, o fetch.Outcome) {
	d := done{Ticket: ticket, Host: host, CrawlDelay: o.CrawlDelay, Pause: o.Pause, Why: o.Why, Unsent: o.Unsent}
	l.ends = append(l.ends, ending{d, time.Now()})
	nudge(l.work)
}

// good tells by the clock whether what is held is good.
func (l *link) good() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return time.Now().Before(l.until)
}
