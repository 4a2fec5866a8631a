package web

import (
	"context"
	"errors"
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pairmill/fetch"
)

// failing breaks after some pages.
type failing struct {
	Fetcher
	after chan struct{}
}

var errBroken = errors.New("fetcher is closed")

func (f failing) Get(ctx context.Context, r fetch.Request) (fetch.Response, error) {
	select {
	case <-f.after:
		return f.Fetcher.Get(ctx, r)
	default:
		return fetch.Response{}, errBroken
	}
}

func TestWalkFailsWhole(t *testing.T) {
	t.Parallel()
	w := &world{hosts: 12, pages: 25}
	c, state := gathered(t, failing{w, make(chan struct{})}, w)
	if got, err := c.Walk(context.Background(), state, Memory{}, nil); !errors.Is(err, errBroken) || got.Pages != nil {
		t.Errorf("%d pages and error %v, want none and %v", len(got.Pages), err, errBroken)
	}
	c, state = gathered(t, w, w)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got, err := c.Walk(ctx, state, Memory{}, nil); !errors.Is(err, context.Canceled) || got.Pages != nil {
		t.Errorf("%d pages and error %v, want none and %v", len(got.Pages), err, context.Canceled)
	}
}

// gathered is a lane after its first gather.
func gathered(t *testing.T, f Fetcher, w *world) (*Crawler, State) {
	t.Helper()
	c, err := New(f, allHosts(worldConfig(1), w))
	if err != nil {
		t.Fatal(err)
	}
	boxes, first := c.Start()
	return c, c.Gather(State{}, Memory{}, first.Lanes[0], []Finds{boxes[0].Finds}).State
}

// A walk leaves the state that it was given alone, so that it can be done again.
func TestWalkTwice(t *testing.T) {
	t.Parallel()
	w := &world{hosts: 12, pages: 25}
	cfg := allHosts(worldConfig(1), w)
	cfg.Web.MaxPagesPerHost = 5
	c, err := New(w, cfg)
	if err != nil {
		t.Fatal(err)
	}
	boxes, first := c.Start()
	state := c.Gather(State{}, Memory{}, first.Lanes[0], []Finds{boxes[0].Finds}).State
	var results []Walked
	for range 3 {
		got, err := c.Walk(context.Background(), state, Memory{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, got)
	}
	if len(results[0].Pages) != 7 || results[0].State.Hosts == nil {
		t.Errorf("walk %+v", results[0].State)
	}
	for _, r := range results[1:] {
		sameWalk(t, results[0], r)
	}
}

func sameWalk(t *testing.T, a, b Walked) {
	t.Helper()
	if !reflect.DeepEqual(a, b) {
		t.Errorf("the same walk twice: %+v and %+v", a.State, b.State)
	}
}

// crowd counts who is asked at the same time. Each request waits until nothing else can happen, so that as many are in
// flight as the walk allows.
type crowd struct {
	Fetcher
	mu            sync.Mutex
	now           map[string]int // per host, and in all under ""
	most, perHost int
}

func (c *crowd) Get(ctx context.Context, r fetch.Request) (fetch.Response, error) {
	host := fetch.HostKey(r.URL)
	c.enter(host, +1)
	defer c.enter(host, -1)
	time.Sleep(time.Second) // of the bubble's clock: it passes when all requests sleep
	return c.Fetcher.Get(ctx, r)
}

func (c *crowd) enter(host string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now[host] += n
	c.now[""] += n
	c.most = max(c.most, c.now[""])
	c.perHost = max(c.perHost, c.now[host])
}

func TestWalkConcurrency(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ concurrency, perHost, most, mostPerHost int }{
		{1, 1, 1, 1}, {5, 1, 5, 1}, {64, 1, 12, 1}, {64, 2, 24, 2},
	} {
		synctest.Test(t, func(t *testing.T) {
			w := &world{hosts: 12, pages: 25}
			f := &crowd{Fetcher: w, now: map[string]int{}}
			cfg := allHosts(worldConfig(1), w)
			cfg.Web.PagesPerJob, cfg.Fetch.Concurrency, cfg.Fetch.PerHost = 100, test.concurrency, test.perHost
			newDriver(t, f, cfg, nil).crawl()
			if f.most != test.most || f.perHost != test.mostPerHost {
				t.Errorf("concurrency %d, %d per host: %d in flight, %d per host; want %d and %d",
					test.concurrency, test.perHost, f.most, f.perHost, test.most, test.mostPerHost)
			}
		})
	}
}
