package pace

import (
	"context"
	"sync"
	"time"

	"pairmill/fetch"
)

// lease is a turn that was granted. It is good as long as its link hears of the owner.
type lease struct {
	link   *link
	ticket uint64
	host   string
	alive  context.Context // ends, with cause ErrLeaseLost, when it is good no more; set with the grant
	once   sync.Once
}

var (
	_ fetch.Lease      = (*lease)(nil)
	_ fetch.Perishable = (*lease)(nil)
)

// Release implements fetch.Lease.
func (l *lease) Release(o fetch.Outcome) {
	l.once.Do(func() { l.link.release(l, o) })
}

// Context implements fetch.Perishable.
func (l *lease) Context() context.Context { return l.alive }

// Valid implements fetch.Perishable. It asks the clock, which a process that was suspended sees before its timers fire.
func (l *lease) Valid() bool { return l.alive.Err() == nil && l.link.good() }

// wait is an Acquire under way.
type wait struct {
	lease
	asked   time.Time
	perHost int
	delay   time.Duration
	said    bool          // it was put into a question, and may have been heard
	sent    bool          // the owner of this session has it
	ready   chan struct{} // closed with the grant
}
