package fetch

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// After Close no goroutine and no descriptor is left of idle connections over three protocols, of a transfer that was broken
// off, and of a dial that hangs.
func TestCloseLeavesNothing(t *testing.T) {
	before := goleak.IgnoreCurrent()
	open := descriptors(t)
	func() {
		handler := withoutRobots(func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(make([]byte, 50_000))
			if r.URL.Path == "/hang" {
				_ = http.NewResponseController(w).Flush()
				<-r.Context().Done()
			}
		})
		h2, h1 := newSecureServer(t, true, handler), newSecureServer(t, false, handler)
		hung := make(chan struct{})
		f := h2.fetcher(t, Config{PerHost: 8, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			if address == "127.0.0.9:9" {
				close(hung)
				<-ctx.Done()
				return nil, ctx.Err()
			}
			return (&net.Dialer{}).DialContext(ctx, network, address)
		}})
		var wg sync.WaitGroup
		for _, url := range []string{h2.URL + "/x", h1.URL + "/x", h2.URL + "/y", h1.URL + "/y"} {
			wg.Go(func() { expect(t, get(t, f, url), "", "") })
		}
		wg.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		for _, url := range []string{h2.URL + "/hang", h1.URL + "/hang", "http://127.0.0.9:9/x"} {
			wg.Go(func() { _, _ = f.Get(ctx, Request{URL: url}) })
		}
		<-hung
		cancel()
		wg.Wait()
		f.Close()
		if n := f.dialer.open.count(); n != 0 {
			t.Errorf("%d connections are open", n)
		}
		h1.Close()
		h2.Close()
	}()
	goleak.VerifyNone(t, before)
	if now := descriptors(t); now > open {
		t.Errorf("%d descriptors, %d before", now, open)
	}
}

func (c *connections) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open)
}

func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc to count descriptors in")
	}
	return len(entries)
}

func TestConnectionsEndWithClose(t *testing.T) {
	t.Parallel()
	c := newConnections()
	near, far := net.Pipe()
	defer far.Close()
	kept, err := c.dial(t.Context(), func(context.Context) (net.Conn, error) { return near, nil })
	if err != nil {
		t.Fatal(err)
	}
	failed := make(chan error)
	go func() {
		_, err := c.dial(context.Background(), func(ctx context.Context) (net.Conn, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		})
		failed <- err
	}()
	go c.close()
	if err := <-failed; err != ErrClosed {
		t.Errorf("a dial ends with %v", err)
	}
	_ = far.SetReadDeadline(time.Now().Add(patience))
	if _, err := far.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the other side sees %v", err)
	}
	if _, err := c.dial(t.Context(), nil); err != ErrClosed {
		t.Errorf("a dial after close: %v", err)
	}
	if err := kept.Close(); err != nil || c.count() != 0 {
		t.Errorf("closing again: %v, %d open", err, c.count())
	}
}
