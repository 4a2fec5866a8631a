package nats

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// cable forwards connections to a server until it is cut: then what is sent is held back, in both directions, as by a
// network that loses every packet, until it is mended.
type cable struct {
	listener net.Listener
	target   string

	mu    sync.Mutex // guards what follows
	ready *sync.Cond // broadcast when one of them changes
	cut   bool
	ended bool
	conns []net.Conn
	wires sync.WaitGroup
}

func layCable(t *testing.T, url string) *cable {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{listener: l, target: strings.TrimPrefix(url, "nats://")}
	c.ready = sync.NewCond(&c.mu)
	c.wires.Go(c.accept)
	t.Cleanup(c.end)
	return c
}

func (c *cable) url() string { return "nats://" + c.listener.Addr().String() }

func (c *cable) set(cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = cut
	c.ready.Broadcast()
}

func (c *cable) end() {
	c.mu.Lock()
	c.ended = true
	c.ready.Broadcast()
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.mu.Unlock()
	_ = c.listener.Close()
	c.wires.Wait()
}

func (c *cable) accept() {
	for {
		near, err := c.listener.Accept()
		if err != nil {
			return
		}
		c.wires.Go(func() { c.forward(near) })
	}
}

func (c *cable) forward(near net.Conn) {
	defer func() { _ = near.Close() }()
	if !c.pass(near) {
		return
	}
	far, err := net.Dial("tcp", c.target)
	if err != nil {
		return
	}
	defer func() { _ = far.Close() }()
	if !c.pass(far) {
		return
	}
	var both sync.WaitGroup
	both.Go(func() { c.copy(far, near) })
	both.Go(func() { c.copy(near, far) })
	both.Wait()
}

// pass waits while the cable is cut, and tells whether it is still there.
func (c *cable) pass(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.conns = append(c.conns, conn)
	for c.cut && !c.ended {
		c.ready.Wait()
	}
	return !c.ended
}

func (c *cable) copy(to, from net.Conn) {
	defer func() { _, _ = to.Close(), from.Close() }()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		c.mu.Lock()
		for c.cut && !c.ended {
			c.ready.Wait()
		}
		c.mu.Unlock()
		if n > 0 {
			if _, err := to.Write(buffer[:n]); err != nil {
				return
			}
		}
		if err != nil && err != io.ErrNoProgress {
			return
		}
	}
}
