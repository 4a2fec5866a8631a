package fetch

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pairmill/schemas"
)

// world is a web server in memory, so that a test in a synctest bubble can wait an hour in no time. Every host is it.
type world struct {
	conns chan net.Conn
	once  sync.Once
	done  chan struct{}
}

func (w *world) Accept() (net.Conn, error) {
	select {
	case c := <-w.conns:
		return c, nil
	case <-w.done:
		return nil, net.ErrClosed
	}
}

func (w *world) Close() error {
	w.once.Do(func() { close(w.done) })
	return nil
}

func (w *world) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(8, 8, 8, 8), Port: 80} }

func (w *world) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case w.conns <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// LookupNetIP makes the world a Resolver: names under .gone do not exist, names under .broken do not resolve now.
func (w *world) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	switch {
	case strings.HasSuffix(host, ".gone"):
		return nil, &net.DNSError{Err: "no such host", Name: host, Server: "10.0.0.2:53", IsNotFound: true}
	case strings.HasSuffix(host, ".broken"):
		return nil, &net.DNSError{Err: "server misbehaving", Name: host, Server: "10.0.0.2:53", IsTemporary: true}
	}
	return []netip.Addr{netip.MustParseAddr("8.8.8.8")}, nil
}

// startWorld serves handler. Without a route of its own robots.txt is 404.
func startWorld(t *testing.T, handler http.Handler) *world {
	t.Helper()
	w := &world{conns: make(chan net.Conn), done: make(chan struct{})}
	var handling sync.WaitGroup // also those that have taken their connection away from the server
	counted := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		handling.Add(1)
		defer handling.Done()
		handler.ServeHTTP(rw, r)
	})
	server := &http.Server{Handler: counted, ErrorLog: log.New(io.Discard, "", 0)}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(w)
	}()
	t.Cleanup(func() {
		server.Close()
		<-served
		handling.Wait()
	})
	return w
}

// fetcher returns a Fetcher that knows no other server than w.
func (w *world) fetcher(t *testing.T, c Config) *Fetcher {
	t.Helper()
	if c.Resolver == nil {
		c.Resolver = w
	}
	if c.Dial == nil {
		c.Dial = w.dial
	}
	f, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// inWorld runs a test in a bubble with a world of its own.
func inWorld(t *testing.T, c Config, handler http.Handler, test func(t *testing.T, f *Fetcher)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, startWorld(t, handler).fetcher(t, c)) })
}

// get fails the test on an error.
func get(t *testing.T, f *Fetcher, url string) Response {
	t.Helper()
	return getAs(t, f, Request{URL: url, Follow: true})
}

func getAs(t *testing.T, f *Fetcher, r Request) Response {
	t.Helper()
	resp, err := f.Get(t.Context(), r)
	if err != nil {
		t.Fatalf("%s: %v", r.URL, err)
	}
	checkResponse(t, resp)
	return resp
}

// checkResponse holds every Response to what its type promises.
func checkResponse(t *testing.T, r Response) {
	t.Helper()
	outcomes := 0
	for _, is := range []bool{r.Reason != "", r.Location != "", r.Unchanged, len(r.Body) > 0} {
		if is {
			outcomes++
		}
	}
	if outcomes != 1 || r.Reason != "" && r.Body != nil {
		t.Errorf("%s: %d outcomes at once: reason %q, location %q, %d bytes", r.URL, outcomes, r.Reason, r.Location, len(r.Body))
	}
	if !r.Reason.Valid() || (r.Reason == "") != (r.Detail == "") || len(r.Detail) > 1024 {
		t.Errorf("%s: reason %q with detail %q", r.URL, r.Reason, r.Detail)
	}
	if r.Started.IsZero() || r.Waited < 0 || r.Took < 0 {
		t.Errorf("%s: started %v, waited %v, took %v", r.URL, r.Started, r.Waited, r.Took)
	}
}

// expect compares the part of a Response that most tests are about.
func expect(t *testing.T, r Response, reason schemas.Reason, detail string) {
	t.Helper()
	if r.Reason != reason || !strings.Contains(r.Detail, detail) {
		t.Errorf("%s: %q, %q; want %q, %q", r.URL, r.Reason, r.Detail, reason, detail)
	}
}

// answerWith serves one body whatever is asked, robots.txt apart.
func answerWith(status int, header map[string]string, body string) http.Handler {
	return withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		for k, v := range header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

func withoutRobots(h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		h(w, r)
	})
}

// raw answers with bytes of our own choice and then closes the connection.
func raw(text string) http.Handler {
	return withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(conn, text)
		conn.Close()
	})
}

// drip writes head and then piece every second until the client has had enough.
func drip(head, piece string) http.Handler {
	return withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		for _, err = io.WriteString(conn, head); err == nil; _, err = io.WriteString(conn, piece) {
			time.Sleep(time.Second)
		}
	})
}
