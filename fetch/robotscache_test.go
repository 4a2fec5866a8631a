package fetch

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pairmill/fetch/robots"
	"pairmill/schemas"
)

// guarded serves "x" everywhere and robots by answer, and counts how often it was asked for.
func guarded(asked *atomic.Int64, answer http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			asked.Add(1)
			answer(w, r)
			return
		}
		_, _ = io.WriteString(w, "x")
	})
}

func text(s string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, s) }
}

// RFC 9309 section 2.3.1, outcome by outcome.
func TestRobotsOutcomes(t *testing.T) {
	t.Parallel()
	status := func(n int) http.HandlerFunc { return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(n) } }
	hijack := func(h http.Handler) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			r = r.Clone(r.Context())
			r.URL.Path = "/"
			h.ServeHTTP(w, r)
		}
	}
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		reason schemas.Reason
		detail string
	}{
		{"allowed", text("user-agent: *\ndisallow: /y"), "", ""},
		{"disallowed", text("user-agent: *\ndisallow: /x"), schemas.RobotsDisallowed, `http://a.test/robots.txt: "Disallow: /x"`},
		{"disallowed for us", text("user-agent: PAIRMILL\ndisallow: /"), schemas.RobotsDisallowed, "Disallow: /"},
		{"disallowed for others", text("user-agent: pair\ndisallow: /"), "", ""},
		{"empty", text(""), "", ""},
		{"HTML", text("<html>disallow: /"), "", ""},
		{"404", status(404), "", ""},
		{"401", status(401), "", ""},
		{"403", status(403), "", ""},
		{"451", status(451), "", ""},
		{"204", status(204), "", ""},
		{"429", status(429), schemas.RobotsUnreach, "robots.txt: http_too_many: status 429"},
		{"500", status(500), schemas.RobotsUnreach, "status 500"},
		{"503", status(503), schemas.RobotsUnreach, "status 503"},
		{"closed", hijack(raw("")), schemas.RobotsUnreach, "connect_error"},
		{"silent", hijack(drip("", "")), schemas.RobotsUnreach, "timeout"},
		{"cut", hijack(raw("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nuser-agent: *")), schemas.RobotsUnreach, "body_truncated"},
		{"gzip bomb", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, gzipped("user-agent: *\ndisallow: /x\n"+strings.Repeat("\n", 3<<20)))
		}, schemas.RobotsDisallowed, "Disallow: /x"},
		{"past the limit", text("user-agent: *\n" + strings.Repeat("#\n", RobotsLimit/2) + "disallow: /x\n"), "", ""},
		{"a rule cut by the limit", text("user-agent: *\n" + strings.Repeat("#", RobotsLimit-27) + "\ndisallow: /xyz\n"), "", ""},
		{"one redirect", func(w http.ResponseWriter, r *http.Request) {
			if r.Host == "a.test" {
				http.Redirect(w, r, "http://b.test/robots.txt", http.StatusFound)
				return
			}
			text("user-agent: *\ndisallow: /x")(w, r)
		}, schemas.RobotsDisallowed, "Disallow: /x"},
		{"endless redirects", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://x"+r.Host+"/robots.txt", http.StatusFound)
		}, "", ""},
		{"redirect inwards", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1/robots.txt", http.StatusFound)
		}, schemas.RobotsUnreach, "address_blocked"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, Config{Tries: 1}, guarded(new(atomic.Int64), c.answer), func(t *testing.T, f *Fetcher) {
				r := get(t, f, "http://a.test/x")
				expect(t, r, c.reason, c.detail)
				if c.reason != "" && r.Requests != 0 {
					t.Errorf("%d requests were made all the same", r.Requests)
				}
			})
		})
	}
}

// The host's own trouble is a better reason than that its robots.txt could not be read.
func TestRobotsOfDeadHosts(t *testing.T) {
	t.Parallel()
	inWorld(t, Config{Tries: 2}, http.NotFoundHandler(), func(t *testing.T, f *Fetcher) {
		expect(t, get(t, f, "http://a.gone/x"), schemas.NXDomain, "no such host")
		expect(t, get(t, f, "http://a.broken/x"), schemas.DNSError, "misbehaving")
		expect(t, get(t, f, "http://127.0.0.1/x"), schemas.AddressBlocked, "allow_private")
		expect(t, get(t, f, "https://a.test/x"), schemas.TLSError, "")
	})
}

func TestRobotsHoldsOnEveryHop(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Host == "shut.test" && r.URL.Path == "/robots.txt":
			text("user-agent: *\ndisallow: /secret")(w, r)
		case r.Host == "shut.test":
			reached.Add(1)
		case r.URL.Path == "/robots.txt":
			http.NotFound(w, r)
		default:
			http.Redirect(w, r, "http://shut.test/secret/x.jpg", http.StatusFound)
		}
	})
	inWorld(t, Config{}, handler, func(t *testing.T, f *Fetcher) {
		r := get(t, f, "http://a.test/x.jpg")
		expect(t, r, schemas.RobotsDisallowed, `http://shut.test/robots.txt: "Disallow: /secret"`)
		if r.Redirects != 1 || r.Requests != 1 || r.FinalURL != "http://shut.test/secret/x.jpg" || reached.Load() != 0 {
			t.Errorf("%+v, reached %d times", r, reached.Load())
		}
	})
}

func TestRobotsIsAskedOncePerDay(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	inWorld(t, Config{PerHost: 8}, guarded(&asked, text("user-agent: *\ndisallow: /y")), func(t *testing.T, f *Fetcher) {
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() { get(t, f, fmt.Sprintf("http://a.test/%d", i)) })
		}
		wg.Wait()
		if asked.Load() != 1 {
			t.Fatalf("asked %d times by 50 at once", asked.Load())
		}
		time.Sleep(23 * time.Hour)
		get(t, f, "http://a.test/x")
		get(t, f, "http://b.test/x")
		if asked.Load() != 2 {
			t.Errorf("asked %d times in a day by two hosts", asked.Load())
		}
		time.Sleep(2 * time.Hour)
		get(t, f, "http://a.test/x")
		if asked.Load() != 3 {
			t.Errorf("asked %d times after a day", asked.Load())
		}
	})
}

func TestUnreachableRobotsIsAskedAgainSooner(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	answer := func(w http.ResponseWriter, r *http.Request) {
		if asked.Load() == 1 {
			w.WriteHeader(500)
		}
	}
	inWorld(t, Config{Tries: 1}, guarded(&asked, answer), func(t *testing.T, f *Fetcher) {
		for _, want := range []schemas.Reason{schemas.RobotsUnreach, schemas.RobotsUnreach} {
			expect(t, get(t, f, "http://a.test/x"), want, "")
		}
		time.Sleep(3 * time.Minute)
		expect(t, get(t, f, "http://a.test/x"), "", "")
		if asked.Load() != 2 {
			t.Errorf("asked %d times", asked.Load())
		}
	})
}

func TestCrawlDelayIsObeyed(t *testing.T) {
	t.Parallel()
	inWorld(t, Config{}, guarded(new(atomic.Int64), text("user-agent: *\ncrawl-delay: 7")), func(t *testing.T, f *Fetcher) {
		for range 3 {
			if r := get(t, f, "http://a.test/x"); r.Waited != 7*time.Second {
				t.Errorf("waited %v", r.Waited)
			}
		}
	})
}

func TestRobotsCacheForgetsTheLongestUnused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := map[string]int{}
		rules := robots.Parse([]byte("user-agent: *\ndisallow: /"+strings.Repeat("a", 1000)), Product)
		c := newRobotsCache(Config{MaxRobotsBytes: 15_000}.withDefaults(), func(origin string) verdict {
			asked[origin]++
			return verdict{rules: rules}
		}, func(run func()) { go run() })
		for i := range 100 {
			for _, origin := range []string{"http://always", fmt.Sprintf("http://%d", i)} {
				if _, err := c.get(t.Context(), origin); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
			}
		}
		if asked["http://always"] != 1 {
			t.Errorf("the one in use was asked for %d times", asked["http://always"])
		}
		if n := len(c.entries); n > 12 || n < 8 || c.used.Len() != n || c.cost > 15_000 {
			t.Errorf("%d entries, %d places, cost %d", n, c.used.Len(), c.cost)
		}
		if _, err := c.get(t.Context(), "http://0"); err != nil || asked["http://0"] != 2 {
			t.Errorf("the forgotten one was asked for %d times", asked["http://0"])
		}
	})
}
