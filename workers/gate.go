package workers

import (
	"context"
	"errors"
	"sync"
)

// Gate keeps a worker from beginning jobs while it is shut. Jobs in work go on. The zero Gate is open.
type Gate struct {
	mu   sync.Mutex // guards what follows
	why  string     // empty: open
	turn chan struct{}
}

// errShut is why a worker that waits for a job does not take one.
var errShut = errors.New("intake is shut")

// Shut closes the gate, for a reason that people are shown. A worker that waits for a job stops waiting.
func (g *Gate) Shut(why string) { g.set(why) }

// Open opens it.
func (g *Gate) Open() { g.set("") }

// Why returns why the gate is shut; empty when it is open.
func (g *Gate) Why() string {
	why, _ := g.state()
	return why
}

func (g *Gate) set(why string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.turn != nil && (why == "") != (g.why == "") {
		close(g.turn)
		g.turn = nil
	}
	g.why = why
}

// state returns why the gate is shut, and what is closed when it turns.
func (g *Gate) state() (why string, turned <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.turn == nil {
		g.turn = make(chan struct{})
	}
	return g.why, g.turn
}

// pass waits until the gate is open, and returns a context that ends with ctx and when the gate is shut again. done ends the
// watch.
func (g *Gate) pass(ctx context.Context) (open context.Context, done func()) {
	why, turned := g.state()
	for why != "" && ctx.Err() == nil {
		select {
		case <-turned:
			why, turned = g.state()
		case <-ctx.Done():
		}
	}
	open, cancel := context.WithCancelCause(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-turned:
			cancel(errShut)
		case <-open.Done():
		}
	}()
	return open, func() {
		cancel(nil)
		<-ended
	}
}
