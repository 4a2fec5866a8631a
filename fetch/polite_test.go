package fetch

import (
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pairmill/internal/testutil"
	"pairmill/schemas"
)

// local is a Fetcher for a Site.
func local(t *testing.T, site *testutil.Site, c Config) *Fetcher {
	t.Helper()
	c.AllowPrivate, c.Hosts = true, site.Hosts()
	f, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// What the servers see: robots.txt first, never more than PerHost requests at once, nothing that is disallowed, one name.
func TestPolitenessAsServersSeeIt(t *testing.T) {
	t.Parallel()
	for _, perHost := range []int{1, 3} {
		t.Run(fmt.Sprint(perHost), func(t *testing.T) {
			t.Parallel()
			site := testutil.NewSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/robots.txt" {
					_, _ = io.WriteString(w, "user-agent: pairmill\ndisallow: /7")
					return
				}
				body := make([]byte, rand.IntN(100_000)+1)
				if r.URL.Path == "/3" {
					w.Header().Set("Content-Length", fmt.Sprint(len(body)))
				}
				_, _ = w.Write(body)
			}))
			f := local(t, site, Config{PerHost: perHost})
			var kept, refused atomic.Int64
			var wg sync.WaitGroup
			for host := range 5 {
				for i := range 40 {
					wg.Go(func() {
						r := get(t, f, site.URL(fmt.Sprintf("h%d.test", host), fmt.Sprintf("/%d", i%10)))
						switch r.Reason {
						case schemas.Kept:
							kept.Add(1)
						case schemas.RobotsDisallowed:
							refused.Add(1)
						default:
							t.Errorf("%+v", r)
						}
					})
				}
			}
			wg.Wait()
			if kept.Load() != 180 || refused.Load() != 20 || site.Count("", "/7") != 0 {
				t.Errorf("%d kept, %d refused, %d requests to what is disallowed", kept.Load(), refused.Load(), site.Count("", "/7"))
			}
			first := map[string]bool{}
			for _, v := range site.Visits() {
				if !first[v.Host] && v.Path != "/robots.txt" {
					t.Errorf("%s was asked for %s before robots.txt", v.Host, v.Path)
				}
				first[v.Host] = true
				if v.UserAgent != "pairmill/dev" {
					t.Errorf("user agent %q", v.UserAgent)
				}
			}
			for host := range first {
				if got := site.MaxConcurrent(host); got > perHost {
					t.Errorf("%s saw %d requests at once, want at most %d", host, got, perHost)
				}
				if got := site.Count(host, "/robots.txt"); got != 1 {
					t.Errorf("%s was asked for robots.txt %d times", host, got)
				}
			}
		})
	}
}

func TestTLSIsVerified(t *testing.T) {
	t.Parallel()
	site := testutil.NewTLSSite(t, answerWith(200, nil, "x"))
	distrusting := local(t, site, Config{Tries: 2})
	expect(t, get(t, distrusting, site.URL("a.example.com", "/x.jpg")), schemas.TLSError, "certificate")
	roots := site.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	trusting := local(t, site, Config{TLS: &tls.Config{RootCAs: roots}})
	if r := get(t, trusting, site.URL("a.example.com", "/x.jpg")); string(r.Body) != "x" {
		t.Errorf("%+v", r)
	}
	expect(t, get(t, trusting, site.URL("a.test", "/x.jpg")), schemas.TLSError, "a.test")
}

// zeros is the gzip stream of n MiB of zeros, made once.
func zeros(n int) []byte {
	piece := gzipped(string(make([]byte, 1<<20))) // streams may follow each other
	var all []byte
	for range n {
		all = append(all, piece...)
	}
	return all
}

// A bomb of 2 GiB costs no more memory than its limit, with eight going off at once.
func TestBombsStayWithinTheirLimit(t *testing.T) {
	bomb := zeros(2048)
	site := testutil.NewSite(t, withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb)
	}))
	f := local(t, site, Config{MaxBytes: 8 << 20, PerHost: 8, MaxBuffered: 32 << 20})
	var before, during runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	most, stop := uint64(0), make(chan struct{})
	var meter sync.WaitGroup
	meter.Go(func() {
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			select {
			case <-tick.C:
				runtime.ReadMemStats(&during)
				most = max(most, during.HeapAlloc)
			case <-stop:
				tick.Stop()
				return
			}
		}
	})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			expect(t, get(t, f, site.URL("a.test", "/x.jpg")), schemas.BodyTooLarge, "over 8388608 bytes after decompression (max_bytes)")
		})
	}
	wg.Wait()
	close(stop)
	meter.Wait()
	// Garbage of earlier growth may not have been collected yet, hence twice what the gate lets live.
	if grown := int64(most) - int64(before.HeapAlloc); grown > 2*int64(64<<20) {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
}

// Bodies that together are ten times what may be buffered all arrive whole.
func TestManyLargeBodiesShareTheMemory(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	site := testutil.NewSite(t, withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(make([]byte, size))
	}))
	f := local(t, site, Config{MaxBytes: size, MaxPageBytes: size, PerHost: 40, MaxBuffered: 4 << 20})
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			if r := get(t, f, site.URL("a.test", fmt.Sprintf("/%d.jpg", i))); len(r.Body) != size {
				t.Errorf("%d bytes, %q %q", len(r.Body), r.Reason, r.Detail)
			}
		})
	}
	wg.Wait()
	if f.gate.free != 4<<20-gateReserve(f.cfg) || !f.gate.lane {
		t.Errorf("%d bytes free at the end, lane free %v", f.gate.free, f.gate.lane)
	}
}
