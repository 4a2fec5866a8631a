package pace

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"pairmill/cluster"
	"pairmill/fetch"
	"pairmill/schemas"
)

// ErrClosed is the error of an Acquire after Close.
var ErrClosed = errors.New("pacer is closed")

// ErrLeaseLost is why a request is broken off: its host's owner was not heard of in time, and may give the turn to another.
var ErrLeaseLost = errors.New("the turn at the host has ended: its pacer was not heard of in time")

// ClientConfig configures a Client.
type ClientConfig struct {
	// ID names the process among the others; schemas.ValidName, and never used by two processes: an owner takes what one
	// of them says for the word of the other.
	ID string

	// Log takes what goes wrong, at most one line a minute and partition; slog.Default() by default.
	Log *slog.Logger
}

// Client is the Pacer of a process that asks the cluster's owners. It must be closed.
type Client struct {
	calls cluster.Calls
	cfg   ClientConfig

	ticket atomic.Uint64
	life   context.Context // ends, with cause ErrClosed, when Close begins
	end    context.CancelCauseFunc
	loops  sync.WaitGroup

	mu    sync.Mutex // guards what follows
	ended bool
	links [Partitions]*link
}

var (
	_ fetch.Pacer     = (*Client)(nil)
	_ fetch.Limitable = (*Client)(nil)
	_ fetch.Timetable = (*Client)(nil)
	_ fetch.Timetable = limited{}
)

// NewClient makes a Client. It says nothing until it is asked for a turn.
func NewClient(calls cluster.Calls, cfg ClientConfig) (*Client, error) {
	if !schemas.ValidName(cfg.ID) {
		return nil, fmt.Errorf("client of pace %q: want an id of 1 to 64 of a-z, 0-9 and inner hyphens", cfg.ID)
	}
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	c := &Client{calls: calls, cfg: cfg}
	c.life, c.end = context.WithCancelCause(context.Background())
	return c, nil
}

// Close ends every Acquire, and tells the owners about what was released; leases that were not are lost.
func (c *Client) Close() {
	c.mu.Lock()
	c.ended = true
	c.mu.Unlock()
	c.end(ErrClosed)
	c.loops.Wait()
}

// Acquire waits for a host's turn, with one request in flight and no delay but the host's own.
func (c *Client) Acquire(ctx context.Context, host string) (fetch.Lease, error) {
	return c.acquire(ctx, host, 1, 0)
}

// With is the Pacer of a run with limits of its own. Where runs with different limits meet at a host, each request is
// subject to those of its own run, and all are counted.
func (c *Client) With(limits fetch.PacerConfig) fetch.Pacer {
	return limited{c, max(limits.PerHost, 1), limits.Delay}
}

type limited struct {
	c       *Client
	perHost int
	delay   time.Duration
}

func (l limited) Acquire(ctx context.Context, host string) (fetch.Lease, error) {
	return l.c.acquire(ctx, host, l.perHost, l.delay)
}

// Next implements fetch.Timetable, for some of the hosts that are waited for: what the owner has said of them within the last
// seconds.
func (c *Client) Next(host string) (at time.Time, why string) {
	c.mu.Lock()
	l := c.links[partition(host)]
	c.mu.Unlock()
	if l == nil {
		return time.Time{}, ""
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	h := l.holds[host]
	return h.until, h.why
}

func (l limited) Next(host string) (time.Time, string) { return l.c.Next(host) }

func (c *Client) acquire(ctx context.Context, host string, perHost int, delay time.Duration) (fetch.Lease, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	l, err := c.link(partition(host))
	if err != nil {
		return nil, err
	}
	w := &wait{
		lease: lease{link: l, ticket: c.ticket.Add(1), host: host}, asked: time.Now(), perHost: perHost, delay: delay,
		ready: make(chan struct{}),
	}
	l.ask(w)
	select {
	case <-w.ready:
		return &w.lease, nil
	case <-ctx.Done():
		err = context.Cause(ctx)
	case <-c.life.Done():
		err = ErrClosed
	}
	l.withdraw(w)
	return nil, err
}

// link returns a partition's link, and starts it.
func (c *Client) link(n int) (*link, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return nil, ErrClosed
	}
	if c.links[n] == nil {
		c.links[n] = newLink(c, n)
		c.loops.Go(func() { c.links[n].send(c.life) })
		c.loops.Go(func() { c.links[n].poll(c.life) })
	}
	return c.links[n], nil
}
