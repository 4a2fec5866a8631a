package mem

import (
	"context"
	"sync"
	"time"

	"pairmill/cluster"
)

// Medium is what the processes of a cluster share, in memory. It keeps every promise of cluster.Locks, Calls, Presence,
// Timers, Journal and Memory, as long as its process lives, and is the fake of every test that needs them. Each Peer of it
// stands for one process. It runs on fake time under testing/synctest.
type Medium struct {
	mu      sync.Mutex    // guards what follows, and every peer
	changed chan struct{} // closed and replaced when whoever waits should look again

	epoch   uint64
	locks   map[string]*lock
	answers map[string][]*answerer
	members map[string]member
	timers  map[string]*timer
	memos   map[memoKey]memo
	lines   []line
	kept    int // bytes of lines
}

// NewMedium makes an empty medium.
func NewMedium() *Medium {
	return &Medium{
		changed: make(chan struct{}),
		locks:   map[string]*lock{},
		answers: map[string][]*answerer{},
		members: map[string]member{},
		timers:  map[string]*timer{},
		memos:   map[memoKey]memo{},
	}
}

// Peer is the medium as one process has it.
type Peer struct {
	m *Medium

	closed bool
	cut    bool
	life   context.Context // ends with Close
	end    context.CancelCauseFunc
	lost   map[string]int // lines of a run that the journal did not take
}

var (
	_ cluster.Locks    = (*Peer)(nil)
	_ cluster.Calls    = (*Peer)(nil)
	_ cluster.Presence = (*Peer)(nil)
	_ cluster.Timers   = (*Peer)(nil)
	_ cluster.Journal  = (*Peer)(nil)
	_ cluster.Memory   = (*Peer)(nil)
)

// Join adds a process.
func (m *Medium) Join() *Peer {
	p := &Peer{m: m, lost: map[string]int{}}
	p.life, p.end = context.WithCancelCause(context.Background())
	return p
}

// Close says goodbye: the peer's locks are free at once, its members leave, its calls end with ErrClosed. It returns nil,
// also when called again.
func (p *Peer) Close() error {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	p.end(cluster.ErrClosed)
	if !p.cut {
		p.m.unlockAll(p)
		p.m.leave(p)
	}
	p.m.wake()
	return nil
}

// Cut takes the peer from the medium, as a broken cable does or a death: from now on nothing that it says arrives, and
// nothing reaches it. What it holds ends as if it had renewed it just now.
func (p *Peer) Cut() {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	if !p.cut {
		p.cut = true
		p.m.expireAll(p, time.Now())
		p.m.wake()
	}
}

// Mend undoes Cut: what has not run out meanwhile is held again.
func (p *Peer) Mend() {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	if p.cut {
		p.cut = false
		p.m.renewAll(p)
		p.m.wake()
	}
}

// wake makes everybody look again. The caller holds mu.
func (m *Medium) wake() {
	close(m.changed)
	m.changed = make(chan struct{})
}

// await calls look under the lock until it is done, and between two calls waits for a change or for the time that it
// returned. A peer that is cut off does not look.
func (p *Peer) await(ctx context.Context, look func(now time.Time) (done bool, due time.Time)) error {
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		p.m.mu.Lock()
		closed, changed := p.closed, p.m.changed
		var done bool
		var due time.Time
		if !closed && !p.cut {
			done, due = look(time.Now())
		}
		p.m.mu.Unlock()
		switch {
		case closed:
			return cluster.ErrClosed
		case done:
			return nil
		}
		if wait(ctx, changed, due) != nil {
			return context.Cause(ctx)
		}
	}
}

// do calls act under the lock, as soon as the peer reaches the medium.
func (p *Peer) do(ctx context.Context, act func(now time.Time)) error {
	return p.await(ctx, func(now time.Time) (bool, time.Time) {
		act(now)
		return true, time.Time{}
	})
}
