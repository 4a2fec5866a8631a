package faults

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pairmill/control/api"
	"pairmill/store/s3/s3test"
)

// storeFault is a store that misbehaves for a run, or for a part of one.
type storeFault struct {
	name  string
	fault s3test.Fault
	least int // requests that must have met it: else nothing was shown
	// choose says which requests meet it.
	choose func() func(int64, *http.Request) s3test.Fault
	lasts  time.Duration // 0 = for the whole run; else it begins when the run is at work
}

// share is a choice of some of all requests.
func share(of float64, f s3test.Fault) func() func(int64, *http.Request) s3test.Fault {
	return func() func(int64, *http.Request) s3test.Fault { return s3test.Some(of, f) }
}

// firstPuts is a choice of the first PUT of each commit record, and of some others.
func firstPuts(f s3test.Fault) func() func(int64, *http.Request) s3test.Fault {
	return func() func(int64, *http.Request) s3test.Fault {
		var seen sync.Map
		some := s3test.Some(0.1, f)
		return func(n int64, r *http.Request) s3test.Fault {
			if r.Method != http.MethodPut {
				return s3test.None
			}
			if _, again := seen.LoadOrStore(r.URL.Path, true); !again && strings.Contains(r.URL.Path, "/commits/") {
				return f
			}
			return some(n, r)
		}
	}
}

// puts narrows a choice to PUTs.
func puts(of float64, f s3test.Fault) func() func(int64, *http.Request) s3test.Fault {
	return func() func(int64, *http.Request) s3test.Fault {
		some := s3test.Some(of, f)
		return func(n int64, r *http.Request) s3test.Fault {
			if r.Method != http.MethodPut {
				return s3test.None
			}
			return some(n, r)
		}
	}
}

// few is a choice of so many requests, one of every forty.
func few(most int64, f s3test.Fault) func() func(int64, *http.Request) s3test.Fault {
	return func() func(int64, *http.Request) s3test.Fault {
		var met, seen atomic.Int64
		return func(int64, *http.Request) s3test.Fault {
			if seen.Add(1)%40 == 0 && met.Add(1) <= most {
				return f
			}
			return s3test.None
		}
	}
}

// TestStoreFaults runs a crawl while its store misbehaves in each way, one after the other on one cluster: each run ends, with the
// content of an undisturbed one, and verify finds nothing.
func TestStoreFaults(t *testing.T) {
	binary(t)
	w := newWeb(t, webConfig{Hosts: 4, Pages: 5, Pictures: 5, Slow: 10 * time.Millisecond})
	ref := w.undisturbed(t, w.crawlSpec("undisturbed-store"), "undisturbed-store")
	r := newRig(t, rigConfig{S3: true, Front: true, Planes: 1, Workers: 2, Lease: 20 * time.Second})
	for _, f := range []storeFault{
		{name: "busy", fault: s3test.Busy, least: 100, choose: share(0.2, s3test.Busy)},
		{name: "away", fault: s3test.Busy, least: 10, choose: share(1, s3test.Busy), lasts: time.Minute},
		{name: "lost", fault: s3test.Lost, least: 50, choose: firstPuts(s3test.Lost)},
		{name: "lost-500", fault: s3test.LostBehind, least: 50, choose: firstPuts(s3test.LostBehind)},
		{name: "cut", fault: s3test.Cut, least: 20, choose: puts(0.2, s3test.Cut)},
		{name: "cut-answer", fault: s3test.CutAnswer, least: 50, choose: share(0.1, s3test.CutAnswer)},
		{name: "reset", fault: s3test.Reset, least: 50, choose: share(0.1, s3test.Reset)},
		{name: "slow", fault: s3test.Slow, least: 20, choose: share(0.05, s3test.Slow)},
		{name: "hang", fault: s3test.Hang, least: 4, choose: few(4, s3test.Hang)}, // each costs a stall of a minute
	} {
		t.Run(f.name, func(t *testing.T) {
			began, contact := time.Now(), "store-"+f.name
			r := r.of(t)
			before := r.front.Met(f.fault)
			if f.lasts == 0 {
				r.front.Choose(f.choose())
			}
			r.submit(w.crawlSpec(contact), contact)
			if f.lasts > 0 {
				r.wait(contact, time.Minute, "is at work", func(s api.Status) bool { return s.Rows.Fetched > 0 || s.State.Over() })
				r.front.Choose(f.choose())
				time.Sleep(f.lasts)
				r.front.Choose(nil)
			}
			r.finish(contact, 8*time.Minute)
			r.front.Choose(nil)
			met := r.front.Met(f.fault) - before
			if met < f.least {
				t.Errorf("%d requests met the fault, want at least %d", met, f.least)
			}
			r.check(w, contact, contact, ref, bounds{requests: r.wasted(ref, 1), robots: 3 * w.cfg.Hosts})
			t.Logf("%s: %d requests were %s; the run took %v", f.name, met, f.fault, since(began))
		})
	}
	r.verify("")
	for _, p := range append(r.planes[:len(r.planes):len(r.planes)], r.workers...) {
		for _, fell := range p.falls() {
			t.Errorf("%s ended by itself: %s", p.name, fell)
		}
	}
}

// of is the rig as a part of a test sees it.
func (r *rig) of(t *testing.T) *rig {
	part := *r
	part.t = t
	return &part
}
