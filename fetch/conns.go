package fetch

import (
	"context"
	"net"
	"sync"
)

// connections knows every connection that is open or being dialled, so that a Fetcher leaves none behind: net/http goes
// on dialling for a request that has given up, and keeps what comes of it for the next.
type connections struct {
	ctx context.Context // of dials
	end context.CancelCauseFunc

	mu     sync.Mutex // guards what follows, and that no dial begins after closed
	closed bool
	open   map[*connection]struct{}
	dials  sync.WaitGroup
}

// connection is one that takes itself off the list.
type connection struct {
	net.Conn
	of *connections
}

func newConnections() *connections {
	c := &connections{open: map[*connection]struct{}{}}
	c.ctx, c.end = context.WithCancelCause(context.Background())
	return c
}

// dial calls connect with a context that also ends with close, and notes its connection.
func (c *connections) dial(ctx context.Context, connect func(context.Context) (net.Conn, error)) (net.Conn, error) {
	if !c.enter() {
		return nil, ErrClosed
	}
	defer c.dials.Done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(c.ctx, func() { cancel(ErrClosed) })()
	conn, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	own := &connection{conn, c}
	c.open[own] = struct{}{}
	return own, nil
}

func (c *connections) enter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.dials.Add(1)
	return true
}

// Close implements net.Conn.
func (c *connection) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	return c.Conn.Close()
}

// close ends dials and waits for them, then closes what is open.
func (c *connections) close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.end(ErrClosed)
	c.dials.Wait()
	c.mu.Lock()
	open := c.open
	c.open = map[*connection]struct{}{}
	c.mu.Unlock()
	for conn := range open {
		_ = conn.Conn.Close() // nobody reads from it any more
	}
}
