package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pairmill/schemas"
)

// nameServer is a Resolver that takes a second per look-up, remembers what it was asked, and answers by the name: "gone"
// does not exist, "broken" fails, "mute" never answers, "late" does so from its third look-up on.
type nameServer struct {
	mu          sync.Mutex
	asked       map[string]int
	flying, max int
}

func (s *nameServer) LookupNetIP(ctx context.Context, _, host string) ([]netip.Addr, error) {
	defer s.enter(host)()
	kind, _, _ := strings.Cut(host, ".")
	if kind == "mute" || kind == "late" && s.count(host) < 3 {
		<-ctx.Done()
		return nil, &net.DNSError{Err: ctx.Err().Error(), Name: host, Server: "10.0.0.2:53", IsTimeout: true, UnwrapErr: ctx.Err()}
	}
	if err := sleep(ctx, time.Second); err != nil {
		return nil, err
	}
	switch kind {
	case "gone":
		return nil, &net.DNSError{Err: "no such host", Name: host + ".", Server: "10.0.0.2:53", IsNotFound: true}
	case "broken":
		return nil, &net.DNSError{Err: "read udp 10.0.0.1:34567->10.0.0.2:53: read: connection refused", Name: host, Server: "10.0.0.2:53"}
	case "empty":
		return nil, nil
	}
	return []netip.Addr{netip.MustParseAddr("8.8.8.8")}, nil
}

func (s *nameServer) enter(host string) (leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked == nil {
		s.asked = map[string]int{}
	}
	s.asked[host]++
	s.flying++
	s.max = max(s.max, s.flying)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.flying--
	}
}

func (s *nameServer) count(host string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[host]
}

// inNames runs a test in a bubble with a cache over a nameServer.
func inNames(t *testing.T, c Config, test func(t *testing.T, n *names, s *nameServer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &nameServer{}
		c.Resolver = s
		var tasks sync.WaitGroup
		defer tasks.Wait()
		test(t, newNames(t.Context(), c.withDefaults(), tasks.Go), s)
	})
}

func TestNamesAreBelievedForTheirTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		host        string
		err         string // empty = addresses
		first       time.Duration
		lookups     int
		ttl         time.Duration
		nonexistent bool
	}{
		{"a.test", "", time.Second, 1, 10 * time.Minute, false},
		{"gone.test", "lookup gone.test: no such host", time.Second, 1, time.Hour, true},
		{"empty.test", "lookup empty.test: no addresses", time.Second, 1, time.Hour, true},
		{"broken.test", "lookup broken.test: connection refused, asked 4 times (dns tries)", 4*time.Second + 1750*time.Millisecond, 4,
			30 * time.Second, false},
		{"mute.test", "lookup mute.test: no answer, asked 4 times (dns tries)", 20*time.Second + 1750*time.Millisecond, 4,
			30 * time.Second, false},
		{"late.test", "", 11*time.Second + 750*time.Millisecond, 3, 10 * time.Minute, false},
	} {
		t.Run(c.host, func(t *testing.T) {
			inNames(t, Config{}, func(t *testing.T, n *names, s *nameServer) {
				ask := func(took time.Duration, lookups int) {
					t.Helper()
					start := time.Now()
					addrs, err := n.LookupNetIP(t.Context(), "ip", c.host)
					var dns *net.DNSError
					if got := fmt.Sprint(err); c.err == "" && (err != nil || len(addrs) != 1) || c.err != "" && got != c.err {
						t.Errorf("%v, %v; want %q", addrs, err, c.err)
					}
					if errors.As(err, &dns) && dns.IsNotFound != c.nonexistent {
						t.Errorf("not found: %v", dns.IsNotFound)
					}
					if got := time.Since(start); got != took || s.count(c.host) != lookups {
						t.Errorf("took %v and %d look-ups, want %v and %d", got, s.count(c.host), took, lookups)
					}
				}
				ask(c.first, c.lookups)
				time.Sleep(c.ttl - time.Millisecond)
				ask(0, c.lookups)
				time.Sleep(time.Millisecond)
				if c.host == "late.test" {
					ask(time.Second, c.lookups+1)
				} else {
					ask(c.first, 2*c.lookups)
				}
			})
		})
	}
}

// A thousand who want one name cost one look-up; whoever gives up does not take the answer from the others.
func TestNamesAreLookedUpOnceAtATime(t *testing.T) {
	t.Parallel()
	inNames(t, Config{}, func(t *testing.T, n *names, s *nameServer) {
		enough := errors.New("enough")
		impatient, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second/2, func() { cancel(enough) })
		var wg sync.WaitGroup
		for i := range 1000 {
			wg.Go(func() {
				ctx, want := t.Context(), error(nil)
				if i%2 == 0 {
					ctx, want = impatient, enough
				}
				if _, err := n.LookupNetIP(ctx, "ip", "a.test"); err != want {
					t.Errorf("error %v, want %v", err, want)
				}
			})
		}
		wg.Wait()
		if s.count("a.test") != 1 {
			t.Errorf("%d look-ups", s.count("a.test"))
		}
	})
}

// A list of a thousand names is no flood, and a cache of a hundred keeps no more.
func TestNamesAreBounded(t *testing.T) {
	t.Parallel()
	inNames(t, Config{DNSLookups: 20, DNSEntries: 100}, func(t *testing.T, n *names, s *nameServer) {
		start := time.Now()
		var wg sync.WaitGroup
		for i := range 1000 {
			wg.Go(func() {
				if _, err := n.LookupNetIP(t.Context(), "ip", fmt.Sprintf("h%d.test", i)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(start); s.max != 20 || took != 50*time.Second {
			t.Errorf("%d look-ups at once, %v", s.max, took)
		}
		if got := len(n.known.places); got != 100 || n.known.used.Len() != got {
			t.Errorf("%d names kept, %d places", got, n.known.used.Len())
		}
	})
}

func TestRecentForgetsTheLongestUnused(t *testing.T) {
	t.Parallel()
	r := newRecent[int](3)
	for i, key := range []string{"a", "b", "c", "a"} {
		r.put(key, i)
	}
	r.get("b")
	r.put("d", 4) // c was used longest ago
	r.drop("none")
	for key, want := range map[string]int{"a": 3, "b": 1, "d": 4} {
		if got, ok := r.get(key); !ok || got != want {
			t.Errorf("%s: %d, %v", key, got, ok)
		}
	}
	if _, ok := r.get("c"); ok || len(r.places) != 3 {
		t.Errorf("%d kept, c among them: %v", len(r.places), ok)
	}
}

// In a Get the wait for a name is ours, the reason is the look-up's, and no further try is made of it.
func TestGetAndNames(t *testing.T) {
	t.Parallel()
	s := &nameServer{}
	inWorld(t, Config{Resolver: s}, answerWith(200, nil, "x"), func(t *testing.T, f *Fetcher) {
		if r := get(t, f, "http://a.test/x"); r.Reason != "" || r.Waited != time.Second || r.Took != 0 {
			t.Errorf("%q %q, waited %v, took %v", r.Reason, r.Detail, r.Waited, r.Took)
		}
		expect(t, get(t, f, "http://gone.test/x"), schemas.NXDomain, "look-up of gone.test: no such host")
		for range 2 {
			expect(t, get(t, f, "http://mute.test/x"), schemas.DNSError, "look-up of mute.test: no answer, asked 4 times (dns tries)")
		}
		if s.count("mute.test") != 4 || s.count("a.test") != 1 || s.count("gone.test") != 1 {
			t.Errorf("asked %v", s.asked)
		}
	})
}

// Addresses that none can connect to are not believed any longer: the next try looks for new ones.
func TestAddressesInVainAreForgotten(t *testing.T) {
	t.Parallel()
	var dialled []string
	c := Config{
		Resolver: resolver{"moved.test": {{"8.0.0.1"}, {"8.0.0.2"}}},
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			dialled = append(dialled, address)
			return nil, &net.OpError{Op: "dial", Err: errRefused}
		},
	}
	synctest.Test(t, func(t *testing.T) {
		f, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		expect(t, get(t, f, "http://moved.test/x"), schemas.ConnectError, "refused")
		if len(dialled) != 3 || dialled[0] != "8.0.0.1:80" || dialled[1] != "8.0.0.2:80" {
			t.Errorf("dialled %v", dialled)
		}
	})
}
