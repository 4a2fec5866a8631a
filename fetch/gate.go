package fetch

import (
	"container/list"
	"context"
	"sync"
)

// gate bounds the bytes that all bodies in flight hold together. A body asks for more as it grows, which would be a
// deadlock if all bodies held some and waited for the rest. So the bytes are in two parts: a common part, given out
// first come first served, and a lane, large enough for the largest body there can be, that one body at a time may
// have when the common part is used up. Whoever has the lane never waits again, ends within its own time limit, and
// gives back all it holds; then the lane goes to the next in the queue. So some body can always go on.
type gate struct {
	mu    sync.Mutex
	free  int64     // of the common part
	lane  bool      // the lane is free
	queue list.List // of *wanted
}

type wanted struct {
	bytes int64
	lane  bool // set with ready: the lane was given instead of bytes
	ready chan struct{}
}

// gateReserve is the size of the lane: a body at its limit, and its copy while it is grown.
func gateReserve(c Config) int64 {
	return 2 * bufferSize(max(c.MaxBytes, c.MaxPageBytes, RobotsLimit)+1)
}

func newGate(c Config) *gate { return &gate{free: c.MaxBuffered - gateReserve(c), lane: true} }

// share is what one body holds. It belongs to one goroutine.
type share struct {
	gate    *gate
	buffers *buffers
	held    int64
	lane    bool
	buf     []byte // the body's
}

// take adds n bytes to s, waiting if it must; waiting is called before, and waited after a wait.
func (s *share) take(ctx context.Context, n int64, waiting, waited func()) error {
	if s.lane {
		return nil
	}
	w, place := s.gate.ask(n)
	select {
	case <-w.ready:
		s.granted(w)
		return nil
	default:
	}
	waiting()
	defer waited()
	select {
	case <-w.ready:
		s.granted(w)
		return nil
	case <-ctx.Done():
	}
	if s.gate.withdraw(w, place) {
		s.granted(w) // at the same moment; release gives it back
	}
	return context.Cause(ctx)
}

func (s *share) granted(w *wanted) {
	if w.lane {
		s.lane = true
		return
	}
	s.held += w.bytes
}

// give returns n bytes before the end, such as those of a buffer that has been copied to a larger one. Bytes in the
// lane are not counted one by one.
func (s *share) give(n int64) {
	n = min(n, s.held)
	s.held -= n
	s.gate.put(n, false)
}

// release returns everything but the buffer, which stays with whoever has the body.
func (s *share) release() {
	s.gate.put(s.held, s.lane)
	s.held, s.lane, s.buf = 0, false, nil
}

// recycle returns the buffer too.
func (s *share) recycle() {
	s.buffers.put(s.buf)
	s.release()
}

func (g *gate) ask(n int64) (*wanted, *list.Element) {
	g.mu.Lock()
	defer g.mu.Unlock()
	w := &wanted{bytes: n, ready: make(chan struct{})}
	place := g.queue.PushBack(w)
	g.serve()
	return w, place
}

func (g *gate) put(n int64, lane bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.free += n
	g.lane = g.lane || lane
	g.serve()
}

// serve grants what it can, in order. The caller holds the lock.
func (g *gate) serve() {
	for g.queue.Len() > 0 {
		w := g.queue.Front().Value.(*wanted)
		switch {
		case w.bytes <= g.free:
			g.free -= w.bytes
		case g.lane:
			g.lane, w.lane = false, true
		default:
			return
		}
		g.queue.Remove(g.queue.Front())
		close(w.ready)
	}
}

// withdraw takes a wish back and tells whether it had been granted before.
func (g *gate) withdraw(w *wanted, place *list.Element) (granted bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-w.ready:
		return true
	default:
	}
	g.queue.Remove(place)
	g.serve() // those behind may fit
	return false
}
