package web

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"pairmill/schemas"
)

func worldConfig(lanes int) Config {
	return Config{
		Steps: 3,
		Web: schemas.Web{
			Seeds: []string{"http://h0.test/p0.html", "http://h3.test/p1.html"}, Scope: schemas.ScopeDomain,
			MaxPages: 100_000, MaxDepth: 1000, Lanes: lanes, PagesPerJob: 7,
		},
	}
}

// allHosts makes the whole world one scope; with the first two seeds alone it would be two hosts.
func allHosts(cfg Config, w *world) Config {
	for h := range w.hosts {
		cfg.Web.Seeds = append(cfg.Web.Seeds, w.url(h, 0))
	}
	return cfg
}

// Where no budget binds, the number of lanes shows in nothing but the order.
func TestLanesDoNotChangeTheResult(t *testing.T) {
	t.Parallel()
	w := &world{hosts: 12, pages: 25}
	one := newDriver(t, w, allHosts(worldConfig(1), w), nil).crawl()
	if n := len(one.pages); n < 200 {
		t.Fatalf("the world is too small to tell: %d pages", n)
	}
	for _, lanes := range []int{2, 5, 100} {
		many := newDriver(t, w, allHosts(worldConfig(lanes), w), nil).crawl()
		if !reflect.DeepEqual(one.pageURLs(), many.pageURLs()) {
			t.Errorf("%d lanes: %d pages, one lane: %d", lanes, len(many.pages), len(one.pages))
		}
		if !reflect.DeepEqual(one.candidateIDs(), many.candidateIDs()) {
			t.Errorf("%d lanes: %d candidates, one lane: %d", lanes, len(many.candidateIDs()), len(one.candidateIDs()))
		}
		if a, b := refusedIDs(one), refusedIDs(many); !reflect.DeepEqual(a, b) || len(a) == 0 {
			t.Errorf("%d lanes: %d candidates opted out, one lane: %d", lanes, len(b), len(a))
		}
	}
}

func refusedIDs(d *driver) map[string]bool {
	out := map[string]bool{}
	for _, c := range d.fresh {
		if c.OptOut != "" {
			out[c.ID] = true
		}
	}
	return out
}

// Where budgets bind, neither the order of lanes in an epoch nor the concurrency of a walk shows in anything.
func TestOrderDoesNotChangeTheResult(t *testing.T) {
	t.Parallel()
	for _, limits := range []struct{ pages, perHost int64 }{{90, 0}, {1000, 9}, {57, 6}, {3, 0}, {1, 0}} {
		t.Run(fmt.Sprintf("%d pages, %d per host", limits.pages, limits.perHost), func(t *testing.T) {
			t.Parallel()
			w := &world{hosts: 12, pages: 25}
			cfg := allHosts(worldConfig(5), w)
			cfg.Web.MaxPages, cfg.Web.MaxPagesPerHost, cfg.Web.MaxDepth = limits.pages, limits.perHost, 6
			cfg.Fetch.Concurrency = 1
			want := newDriver(t, w, cfg, nil).crawl()
			if limits.pages < 100 && int64(len(want.pages)) != limits.pages {
				t.Errorf("%d pages: the budget is not used up", len(want.pages))
			}
			for seed := range uint64(4) {
				cfg.Fetch.Concurrency, cfg.Fetch.PerHost = 16, 3
				got := newDriver(t, w, cfg, rand.New(rand.NewPCG(seed, 2))).crawl()
				sameCrawl(t, want, got)
			}
		})
	}
}

func sameCrawl(t *testing.T, want, got *driver) {
	t.Helper()
	if !reflect.DeepEqual(want.pages, got.pages) {
		t.Errorf("pages differ: %d and %d", len(want.pages), len(got.pages))
	}
	if !reflect.DeepEqual(want.fresh, got.fresh) {
		t.Errorf("fresh candidates differ: %d and %d", len(want.fresh), len(got.fresh))
	}
	if !reflect.DeepEqual(want.opened, got.opened) {
		t.Error("allotments differ")
	}
	if !reflect.DeepEqual(want.counts, got.counts) || want.images != got.images {
		t.Error("counts differ")
	}
	for lane, l := range want.lanes {
		if !reflect.DeepEqual(l, got.lanes[lane]) {
			t.Errorf("lane %d ends in another state", lane)
		}
	}
}

// A page that forbids use takes out a picture that an earlier epoch emitted, once.
func TestLateOptOutIsANotice(t *testing.T) {
	t.Parallel()
	c, err := New(nil, worldConfig(1))
	if err != nil {
		t.Fatal(err)
	}
	candidate := func(page string, depth int32, optOut string) Finds {
		return Finds{Candidates: []schemas.Candidate{{
			ID: schemas.NewID("http://i.test/1.png", "one").String(), URL: "http://i.test/1.png", PageURL: page, Depth: depth,
			OptOut: optOut, Captions: []schemas.Caption{{Text: "one"}},
		}}}
	}
	l := &laneStore{}
	for i, step := range []struct {
		inbox []Finds
		want  []string // page and opt-out of what is emitted
	}{
		{[]Finds{candidate("http://b.test/", 1, ""), candidate("http://a.test/", 1, ""), candidate("http://0.test/", 2, "")},
			[]string{"http://a.test/ "}},
		{[]Finds{candidate("http://c.test/", 0, "")}, nil},
		{[]Finds{candidate("http://e.test/", 3, "meta: noindex"), candidate("http://f.test/", 3, "meta: noai"), candidate("http://d.test/", 3, "")},
			[]string{"http://d.test/ meta: noai"}},
		{[]Finds{candidate("http://g.test/", 1, "meta: noai")}, nil},
	} {
		g := c.Gather(l.state, l.memory(t), Share{Epoch: i + 1}, step.inbox)
		l.state = g.State
		l.remember(g.Seen)
		var got []string
		for _, f := range g.Fresh {
			got = append(got, f.PageURL+" "+f.OptOut)
		}
		if !reflect.DeepEqual(got, step.want) {
			t.Errorf("epoch %d: emitted %q, want %q", i+1, got, step.want)
		}
	}
}
