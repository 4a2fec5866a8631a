package s3test

import (
	"errors"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Fault is what happens to one request.
type Fault string

// The faults.
const (
	None       Fault = ""
	Busy       Fault = "refused with 503"
	Reset      Fault = "connection reset before it"
	Cut        Fault = "connection cut within its body"
	CutAnswer  Fault = "connection cut within the answer's body"
	Lost       Fault = "answer lost"
	LostBehind Fault = "answer replaced by 500"
	Slow       Fault = "10 KB/s in both directions"
	Hang       Fault = "never answered"
	Skewed     Fault = "refused for the time in its signature"
)

// SlowDown is the body of a server's answer that it is busy.
const SlowDown = "<Error><Code>SlowDown</Code><Message>slow down</Message></Error>"

// tooSkewed is what a server answers whose clock and the client's are more than a quarter of an hour apart.
const tooSkewed = "<Error><Code>RequestTimeTooSkewed</Code><Message>The difference between the request time and the server's time is too large.</Message></Error>"

// slowRate is how many bytes a second a slow connection carries.
const slowRate = 10 << 10

// Front is a server before an S3 server that lets faults happen to requests, on the wire, whoever makes them. Signatures hold:
// it passes on the Host that was signed.
type Front struct {
	URL   string
	count atomic.Int64
	ended chan struct{} // closed with the test

	mu     sync.Mutex                           // guards what follows
	choose func(n int64, r *http.Request) Fault // nil: nothing happens
	met    map[Fault]int
}

// StartFront starts one before the server at endpoint (http://host:port), until the test ends.
func StartFront(t testing.TB, endpoint string) *Front {
	t.Helper()
	to, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	f := &Front{met: map[Fault]int{}, ended: make(chan struct{})}
	conns := &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.Out.URL.Scheme, p.Out.URL.Host, p.Out.URL.RawQuery = to.Scheme, to.Host, p.In.URL.RawQuery
			p.Out.Host = p.In.Host
		},
		Transport: conns, ErrorLog: log.New(io.Discard, "", 0), FlushInterval: -1,
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f.serve(proxy, w, r) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	f.URL = server.URL
	t.Cleanup(func() {
		close(f.ended)
		server.Close()
		conns.CloseIdleConnections()
	})
	return f
}

// Choose sets what happens from now on: choose is called with each request and its number, by many goroutines.
func (f *Front) Choose(choose func(n int64, r *http.Request) Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.choose = choose
}

// Met is how many requests have met a fault so far.
func (f *Front) Met(fault Fault) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.met[fault]
}

// Some is a choice of a fault for a share of all requests.
func Some(share float64, fault Fault) func(int64, *http.Request) Fault {
	return func(int64, *http.Request) Fault {
		if rand.Float64() < share {
			return fault
		}
		return None
	}
}

// fault chooses what happens to a request.
func (f *Front) fault(r *http.Request) Fault {
	n := f.count.Add(1)
	f.mu.Lock()
	choose := f.choose
	f.mu.Unlock()
	if choose == nil {
		return None
	}
	fault := choose(n, r)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.met[fault]++
	return fault
}

func (f *Front) serve(proxy http.Handler, w http.ResponseWriter, r *http.Request) {
	switch f.fault(r) {
	case None:
		proxy.ServeHTTP(w, r)
	case Busy:
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, SlowDown)
	case Skewed:
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, tooSkewed)
	case Reset:
		panic(http.ErrAbortHandler)
	case Cut:
		r.Body = cutBody{io.LimitReader(r.Body, r.ContentLength/2), r.Body}
		proxy.ServeHTTP(nowhere{}, r)
		panic(http.ErrAbortHandler)
	case CutAnswer:
		proxy.ServeHTTP(&cutAnswer{ResponseWriter: w}, r)
		panic(http.ErrAbortHandler)
	case Lost:
		proxy.ServeHTTP(nowhere{}, r)
		panic(http.ErrAbortHandler)
	case LostBehind:
		proxy.ServeHTTP(nowhere{}, r)
		w.WriteHeader(http.StatusInternalServerError)
	case Slow:
		r.Body = slowBody{r.Body}
		proxy.ServeHTTP(slowAnswer{w}, r)
	case Hang:
		_, _ = io.Copy(io.Discard, r.Body) // else nobody would notice that the client has gone
		select {
		case <-r.Context().Done():
		case <-f.ended:
		}
		panic(http.ErrAbortHandler)
	}
}

// errCut ends a body before its end.
var errCut = errors.New("cut")

// cutBody is a body that breaks off half-way.
type cutBody struct {
	io.Reader
	io.Closer
}

// Read implements io.Reader.
func (b cutBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		err = errCut
	}
	return n, err
}

// nowhere is an answer that nobody gets.
type nowhere struct{}

// Header implements http.ResponseWriter.
func (nowhere) Header() http.Header { return http.Header{} }

// WriteHeader implements http.ResponseWriter.
func (nowhere) WriteHeader(int) {}

// Write implements http.ResponseWriter.
func (nowhere) Write(p []byte) (int, error) { return len(p), nil }

// cutAnswer lets half of the first piece of an answer's body through.
type cutAnswer struct{ http.ResponseWriter }

// Write implements http.ResponseWriter.
func (a *cutAnswer) Write(p []byte) (int, error) {
	n, err := a.ResponseWriter.Write(p[:len(p)/2])
	if flush, ok := a.ResponseWriter.(http.Flusher); ok {
		flush.Flush()
	}
	if err == nil {
		err = errCut
	}
	return n, err
}

// slowBody and slowAnswer carry slowRate bytes a second, in tenths of a second.
type slowBody struct{ io.ReadCloser }

// Read implements io.Reader.
func (b slowBody) Read(p []byte) (int, error) {
	time.Sleep(time.Second / 10)
	return b.ReadCloser.Read(p[:min(len(p), slowRate/10)])
}

type slowAnswer struct{ http.ResponseWriter }

// Write implements http.ResponseWriter.
func (a slowAnswer) Write(p []byte) (n int, err error) {
	for err == nil && n < len(p) {
		time.Sleep(time.Second / 10)
		k := 0
		k, err = a.ResponseWriter.Write(p[n:min(len(p), n+slowRate/10)])
		n += k
		if flush, ok := a.ResponseWriter.(http.Flusher); ok {
			flush.Flush()
		}
	}
	return n, err
}
