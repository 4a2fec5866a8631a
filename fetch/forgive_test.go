package fetch

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"pairmill/schemas"
)

// TestForgive: names that were looked up in vain, robots.txt that was not to be had and hosts that rest get another chance at
// once; what is known for good is not asked for again.
func TestForgive(t *testing.T) {
	t.Parallel()
	inNames(t, Config{}, func(t *testing.T, n *names, s *nameServer) {
		for range 2 {
			for host, want := range map[string]int{"a.test": 1, "gone.test": 1, "broken.test": 4} {
				_, _ = n.LookupNetIP(t.Context(), "ip", host) // the counts tell
				if got := s.count(host); got != want {
					t.Errorf("%s was asked for %d times, want %d", host, got, want)
				}
			}
		}
		n.forgive()
		for host, want := range map[string]int{"a.test": 1, "gone.test": 2, "broken.test": 8} {
			_, _ = n.LookupNetIP(t.Context(), "ip", host)
			if got := s.count(host); got != want {
				t.Errorf("forgiven, %s was asked for %d times, want %d", host, got, want)
			}
		}
		go func() { _, _ = n.LookupNetIP(t.Context(), "ip", "broken.c.test") }()
		time.Sleep(time.Second / 2)
		n.forgive() // one that is being looked up goes on
		if _, _ = n.LookupNetIP(t.Context(), "ip", "broken.c.test"); s.count("broken.c.test") != 4 {
			t.Errorf("a look-up was begun twice: asked %d times", s.count("broken.c.test"))
		}
	})
	var asked atomic.Int64
	ill := func(w http.ResponseWriter, r *http.Request) {
		if asked.Load() == 1 {
			w.WriteHeader(500)
		}
	}
	inWorld(t, Config{Tries: 1}, guarded(&asked, ill), func(t *testing.T, f *Fetcher) {
		expect(t, get(t, f, "http://a.test/x"), schemas.RobotsUnreach, "")
		f.Forgive()
		expect(t, get(t, f, "http://a.test/x"), "", "")
		f.Forgive()
		expect(t, get(t, f, "http://a.test/y"), "", "")
		if asked.Load() != 2 {
			t.Errorf("robots.txt was asked for %d times", asked.Load())
		}
	})
	withBreaker(t, Config{Tries: 5}, func(t *testing.T, f *Fetcher, m *mortal) {
		m.set(homeAddress, "hung")
		expect(t, get(t, f, "http://a.test/1"), schemas.Timeout, "")
		m.set(homeAddress, "")
		expect(t, get(t, f, "http://a.test/2"), schemas.Timeout, "breaker open")
		f.Forgive()
		expect(t, get(t, f, "http://a.test/3"), "", "")
	})
}
