package fetch

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pairmill/schemas"
)

// secureServer is a TLS server on loopback that counts its connections.
type secureServer struct {
	*httptest.Server
	connections atomic.Int64
}

func newSecureServer(t *testing.T, http2 bool, h http.Handler) *secureServer {
	t.Helper()
	s := &secureServer{Server: httptest.NewUnstartedServer(h)}
	s.EnableHTTP2 = http2
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			s.connections.Add(1)
		}
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// fetcher trusts the server and may dial it.
func (s *secureServer) fetcher(t *testing.T, c Config) *Fetcher {
	t.Helper()
	c.AllowPrivate = true
	c.TLS = &tls.Config{RootCAs: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	f, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// http2Routes does over HTTP/2 what servers do, well and badly.
func http2Routes(t *testing.T) http.Handler {
	routes := map[string]http.HandlerFunc{
		"/bye": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Connection", "close") // GOAWAY, after this answer
			_, _ = io.WriteString(w, "bye")
		},
		"/abort": func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) },
		"/cut": func(w http.ResponseWriter, r *http.Request) {
			_, _ = w.Write(make([]byte, 50_000))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		},
		"/bomb": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(zeros(64))
		},
		"/endless": func(w http.ResponseWriter, r *http.Request) {
			for err := error(nil); err == nil; _, err = w.Write(make([]byte, 100_000)) {
			}
		},
		"/mute": func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"/header": func(w http.ResponseWriter, r *http.Request) {
			for range 100 {
				w.Header().Add("X", strings.Repeat("x", 1000))
			}
		},
		"/403": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(403) },
	}
	return withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			t.Errorf("%s by %s", r.URL.Path, r.Proto)
		}
		if h, ok := routes[r.URL.Path]; ok {
			h(w, r)
			return
		}
		_, _ = w.Write(make([]byte, 100_000))
	})
}

// Hundreds of requests, one after the other and many at once, share one connection.
func TestHTTP2SharesAConnection(t *testing.T) {
	t.Parallel()
	s := newSecureServer(t, true, http2Routes(t))
	f := s.fetcher(t, Config{PerHost: 50})
	ask := func() {
		if r := get(t, f, s.URL+"/x.jpg"); len(r.Body) != 100_000 {
			t.Errorf("%d bytes, %q %q", len(r.Body), r.Reason, r.Detail)
		}
	}
	for range 100 {
		ask()
	}
	var wg sync.WaitGroup
	for range 200 {
		wg.Go(ask)
	}
	wg.Wait()
	if n := s.connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// A server may say goodbye between requests: the next goes over a new connection, and no row is lost.
func TestHTTP2Goaway(t *testing.T) {
	t.Parallel()
	s := newSecureServer(t, true, http2Routes(t))
	f := s.fetcher(t, Config{Tries: 1})
	for range 5 {
		for _, path := range []string{"/bye", "/x.jpg"} {
			expect(t, get(t, f, s.URL+path), "", "")
		}
	}
	if n := s.connections.Load(); n != 6 {
		t.Errorf("%d connections, want 6", n)
	}
}

func TestHTTP2Faults(t *testing.T) {
	t.Parallel()
	s := newSecureServer(t, true, http2Routes(t))
	f := s.fetcher(t, Config{MaxBytes: 1_000_000, Tries: 1, HeaderTimeout: time.Second, BreakerFailures: -1})
	for path, want := range map[string]struct {
		reason schemas.Reason
		detail string
	}{
		"/abort":   {schemas.ConnectError, "the stream was reset: INTERNAL_ERROR"},
		"/cut":     {schemas.BodyTruncated, "body: the stream was reset: INTERNAL_ERROR"},
		"/bomb":    {schemas.BodyTooLarge, "over 1000000 bytes after decompression (max_bytes)"},
		"/endless": {schemas.BodyTooLarge, "over 1000000 bytes after decompression (max_bytes)"},
		"/mute":    {schemas.Timeout, "1s (header timeout)"},
		"/header":  {schemas.ProtocolError, "the stream was reset: PROTOCOL_ERROR"},
		"/403":     {schemas.HTTPForbidden, "status 403"},
	} {
		for range 2 {
			r := get(t, f, s.URL+path)
			expect(t, r, want.reason, want.detail)
			if strings.Contains(r.Detail, "stream ID") || strings.Contains(r.Detail, "127.0.0.1") {
				t.Errorf("%s: detail %q differs from run to run", path, r.Detail)
			}
		}
		expect(t, get(t, f, s.URL+"/x.jpg"), "", "")
	}
}

func TestHTTP2Breaks(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"stream error: stream ID 35; REFUSED_STREAM; received from peer":                                               "the stream was reset: REFUSED_STREAM",
		"stream error: stream ID 1; CANCEL":                                                                            "the stream was reset: CANCEL",
		`http2: server sent GOAWAY and closed the connection; LastStreamID=7, ErrCode=ENHANCE_YOUR_CALM, debug="calm"`: "the server sent GOAWAY: ENHANCE_YOUR_CALM",
		"http2: client connection lost":                                                                                "the connection was lost",
		"http2: client connection force closed":                                                                        "the connection was lost",
		"read: connection reset by peer":                                                                               "",
		"http2: timeout awaiting response header":                                                                      "",
		"stream error: ": "the stream was reset: ",
	} {
		if got := http2Break(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// The second connection to a host resumes the first one's session: no certificate, no signature.
func TestTLSSessionsAreResumed(t *testing.T) {
	t.Parallel()
	var full, resumed atomic.Int64
	s := newSecureServer(t, false, withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS.DidResume {
			resumed.Add(1)
		} else {
			full.Add(1)
		}
		w.Header().Set("Connection", "close")
		_, _ = io.WriteString(w, "x")
	}))
	f := s.fetcher(t, Config{})
	for range 10 {
		expect(t, get(t, f, s.URL+"/x.jpg"), "", "")
	}
	if full.Load() != 1 || resumed.Load() != 9 { // the robots.txt came over the first connection
		t.Errorf("%d full handshakes, %d resumed", full.Load(), resumed.Load())
	}
}

func TestInsecureTLS(t *testing.T) {
	t.Parallel()
	s := newSecureServer(t, false, answerWith(200, nil, "x"))
	for insecure, want := range map[bool]schemas.Reason{false: schemas.TLSError, true: ""} {
		f, err := New(Config{AllowPrivate: true, InsecureTLS: insecure, Tries: 1})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(f.Close)
		expect(t, get(t, f, s.URL+"/x.jpg"), want, "")
	}
}
