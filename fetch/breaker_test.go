package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"pairmill/schemas"
)

// mortal is a world whose hosts can die. It counts what is dialled, by address.
type mortal struct {
	*world
	mu    sync.Mutex
	how   map[string]string // by address: "" lives, "refused" at the door, "hung" swallows packets
	dials map[string]int
}

func newMortal(t *testing.T, handler http.Handler) *mortal {
	return &mortal{world: startWorld(t, handler), how: map[string]string{}, dials: map[string]int{}}
}

func (m *mortal) dial(ctx context.Context, network, address string) (net.Conn, error) {
	m.mu.Lock()
	m.dials[address]++
	how := m.how[address]
	m.mu.Unlock()
	switch how {
	case "refused":
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case "hung":
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return m.world.dial(ctx, network, address)
}

func (m *mortal) set(address, how string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.how[address] = how
}

func (m *mortal) dialled(address string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dials[address]
}

// withBreaker runs a test with one host, "http://a.test", which lives at 8.8.8.8:80 and closes connections after each answer.
func withBreaker(t *testing.T, c Config, test func(t *testing.T, f *Fetcher, m *mortal)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m := newMortal(t, withoutRobots(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Connection", "close")
			if strings.HasPrefix(r.URL.Path, "/404") {
				w.WriteHeader(404)
			}
			_, _ = w.Write([]byte("x"))
		}))
		c.Dial = m.dial
		f := m.fetcher(t, c)
		get(t, f, "http://a.test/first") // robots.txt is known from here on
		test(t, f, m)
	})
}

const homeAddress = "8.8.8.8:80"

func TestBreakerOpensAndProbes(t *testing.T) {
	t.Parallel()
	withBreaker(t, Config{Tries: 3}, func(t *testing.T, f *Fetcher, m *mortal) {
		before := m.dialled(homeAddress)
		asked := func() int { return m.dialled(homeAddress) - before }
		m.set(homeAddress, "hung")
		r := get(t, f, "http://a.test/1")
		expect(t, r, schemas.Timeout, "connecting to a.test:80 took longer than 5s (connect timeout)")
		if asked() != 3 || strings.Contains(r.Detail, "breaker") {
			t.Errorf("%d dials, %q", asked(), r.Detail)
		}
		expect(t, get(t, f, "http://a.test/2"), schemas.Timeout, "(connect timeout)")
		if asked() != 5 { // the fifth failure opens it, so there is no sixth try
			t.Errorf("%d dials", asked())
		}
		resting := func() {
			t.Helper()
			for i := range 20 {
				r := get(t, f, fmt.Sprintf("http://a.test/rest%d", i))
				expect(t, r, schemas.Timeout, "connecting to a.test:80 took longer than 5s (connect timeout); "+
					"breaker open after 5 failures (breaker failures), next try in 2m0s to 16m0s (breaker pause)")
				if r.Waited != 0 || r.Took != 0 || r.Requests != 0 {
					t.Errorf("waited %v, took %v, %d requests", r.Waited, r.Took, r.Requests)
				}
			}
		}
		resting()
		for probe, rest := range []time.Duration{2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 16 * time.Minute} {
			time.Sleep(rest - time.Millisecond)
			resting()
			time.Sleep(time.Millisecond)
			get(t, f, "http://a.test/probe")
			if asked() != 6+probe {
				t.Fatalf("%d dials after %d probes", asked(), probe+1)
			}
			resting()
		}
		m.set(homeAddress, "")
		time.Sleep(16 * time.Minute)
		expect(t, get(t, f, "http://a.test/404"), schemas.HTTPGone, "") // any answer will do
		expect(t, get(t, f, "http://a.test/alive"), "", "")
		if n := len(f.breaker.hosts.places); n != 0 {
			t.Errorf("%d hosts are remembered", n)
		}
	})
}

// What opens a breaker and what does not.
func TestBreakerCounts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		handler http.Handler
		url     string
		config  Config
		how     string
		opens   int // the request after which it is open; 0 = never
	}{
		{"refused", nil, "", Config{Tries: 1}, "refused", 5},
		{"refused, three tries each", nil, "", Config{}, "refused", 2},
		{"earlier", nil, "", Config{Tries: 1, BreakerFailures: 2}, "refused", 2},
		{"turned off", nil, "", Config{Tries: 1, BreakerFailures: -1}, "refused", 0},
		{"silent after the request", drip("", ""), "", Config{Tries: 1}, "", 5},
		{"closes before an answer", raw(""), "", Config{Tries: 2}, "", 5},
		{"not HTTP", raw("SSH-2.0-x\r\n"), "", Config{Tries: 1}, "", 0},
		{"no TLS", answerWith(200, nil, "x"), "https://8.8.8.8/x", Config{Tries: 1, RobotsRetry: time.Nanosecond}, "", 5},
		{"answers 500", answerWith(500, nil, ""), "", Config{Tries: 1}, "", 0},
		{"drips", drip("HTTP/1.1 200 OK\r\n\r\n", "x"), "", Config{Tries: 1}, "", 0},
		{"cuts the body", raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"), "", Config{Tries: 1}, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				if c.handler == nil {
					c.handler = answerWith(404, map[string]string{"Connection": "close"}, "")
				}
				m := newMortal(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Connection", "close")
					c.handler.ServeHTTP(w, r)
				}))
				c.config.Dial = m.dial
				f := m.fetcher(t, c.config)
				url := c.url
				if url == "" {
					url = "http://8.8.8.8/x"
					_, _ = f.robots.get(t.Context(), origin(url))
				}
				m.set(homeAddress, c.how)
				opened := 0
				for i := 1; i <= 8 && opened == 0; i++ {
					get(t, f, url)
					time.Sleep(time.Millisecond)
					if f.breaker.shut(HostKey(url), &hop{}) {
						opened = i
					}
				}
				if opened != c.opens {
					t.Errorf("open after %d requests, want %d", opened, c.opens)
				}
			})
		})
	}
}

// Rows that wait for their turn when the host dies get its reason without waiting for Delay once more each; and a probe that
// is broken off leaves the next one its chance.
func TestBreakerEmptiesTheQueue(t *testing.T) {
	t.Parallel()
	withBreaker(t, Config{Tries: 1, Delay: 10 * time.Second}, func(t *testing.T, f *Fetcher, m *mortal) {
		m.set(homeAddress, "refused")
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() { expect(t, get(t, f, fmt.Sprintf("http://a.test/%d", i)), schemas.ConnectError, "refused") })
		}
		wg.Wait()
		if took := time.Since(start); took > time.Minute+time.Second {
			t.Errorf("a hundred rows took %v", took)
		}
		time.Sleep(5 * time.Minute)
		m.set(homeAddress, "hung")
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := f.Get(ctx, Request{URL: "http://a.test/x"}); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		m.set(homeAddress, "")
		expect(t, get(t, f, "http://a.test/x"), "", "")
	})
}

// While one probe is out the others do not wait for it.
func TestBreakerSendsOneProbe(t *testing.T) {
	t.Parallel()
	withBreaker(t, Config{Tries: 1, PerHost: 50}, func(t *testing.T, f *Fetcher, m *mortal) {
		m.set(homeAddress, "refused")
		for range 5 {
			get(t, f, "http://a.test/x")
		}
		m.set(homeAddress, "hung")
		time.Sleep(3 * time.Minute)
		before := m.dialled(homeAddress)
		var wg sync.WaitGroup
		slow := 0
		var mu sync.Mutex
		for range 50 {
			wg.Go(func() {
				if r := get(t, f, "http://a.test/x"); r.Took > 0 {
					mu.Lock()
					slow++
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if got := m.dialled(homeAddress) - before; got != 1 || slow != 1 {
			t.Errorf("%d dials, %d rows waited", got, slow)
		}
	})
}

// A host that was never alive costs its robots.txt once in RobotsRetry and then less and less, however many rows it has.
func TestDeadHostsCostLittle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newMortal(t, http.NotFoundHandler())
		m.set(homeAddress, "hung")
		f := m.fetcher(t, Config{Dial: m.dial})
		start := time.Now()
		var spent time.Duration
		for time.Since(start) < time.Hour {
			r := get(t, f, "http://a.test/x")
			expect(t, r, schemas.Timeout, "(connect timeout)")
			spent += r.Waited + r.Took
			time.Sleep(time.Second)
		}
		if got := m.dialled(homeAddress); got < 6 || got > 12 || spent > 75*time.Second {
			t.Errorf("%d dials and %v in an hour of rows", got, spent)
		}
	})
}

// A turn that was not used does not count against the delay, and leaves a pause that another has learnt.
func TestPacerUnsentTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPacer(PacerConfig{Delay: time.Minute, PerHost: 2})
		waitFor(t, p, "a:80", Outcome{Unsent: true})
		if got := waitFor(t, p, "a:80", Outcome{Unsent: true, Pause: time.Hour}); got != 0 {
			t.Errorf("waited %v for a turn that was not used", got)
		}
		if got := waitFor(t, p, "a:80", Outcome{}); got != 0 {
			t.Errorf("waited %v", got)
		}
		if got := waitFor(t, p, "a:80", Outcome{Unsent: true}); got != time.Minute {
			t.Errorf("waited %v for a turn after one that was used", got)
		}
	})
}
