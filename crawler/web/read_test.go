package web

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"pairmill/fetch"
	"pairmill/schemas"
)

func TestPageOutcomes(t *testing.T) {
	t.Parallel()
	redirect := func(to string) served { return served{http.RedirectHandler(to, http.StatusFound)} }
	for name, test := range map[string]struct {
		f        Fetcher
		reason   schemas.Reason
		detail   string
		redirect string
	}{
		"read":             {page("<p>x"), "", "", ""},
		"no html at all":   {page("just words"), "", "", ""},
		"xhtml":            {page(`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><a/></html>`, "Content-Type", "application/xhtml+xml"), "", "", ""},
		"nested":           {page(strings.Repeat("<div>", 600)), schemas.HTMLTooDeep, "512", ""},
		"nested just so":   {page(strings.Repeat("<div>", 500)), "", "", ""},
		"nested noscript":  {page("<body><noscript>" + strings.Repeat("<div>", 600)), schemas.HTMLTooDeep, "noscript", ""},
		"gone":             {served{http.NotFoundHandler()}, schemas.HTTPGone, "", ""},
		"redirect":         {redirect("next.html#x"), schemas.HTTPStatus, "redirects to", "http://a.test/dir/next.html"},
		"redirect away":    {redirect("http://b.test/"), schemas.ScopeExcluded, "out of scope", ""},
		"redirect to trap": {redirect("/x/x/x/x"), schemas.ScopeExcluded, "trap", ""},
	} {
		v := visitPage(t, test.f, Config{})
		if v.page.Reason != string(test.reason) || !strings.Contains(v.page.Detail, test.detail) || v.redirect != test.redirect {
			t.Errorf("%s: reason %q (%s), redirect %q; want %q, %q", name, v.page.Reason, v.page.Detail, v.redirect, test.reason, test.redirect)
		}
		if v.page.URL != self || v.page.Depth != 2 || v.page.Referrer != "http://a.test/" || v.requests != 1 {
			t.Errorf("%s: page %+v", name, v.page)
		}
	}
}

// Colly takes 203 for an error, rewrites a bare percent sign, and reads its settings from the environment; none of it may
// show.
func TestCollysHabitsDoNotShow(t *testing.T) {
	t.Setenv("COLLY_USER_AGENT", "someone else")
	t.Setenv("COLLY_CACHE_DIR", t.TempDir())
	t.Setenv("COLLY_IGNORE_ROBOTSTXT", "no")
	var asked []string
	f := served{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.String())
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNonAuthoritativeInfo)
		w.Write([]byte("<a href=x>x</a>"))
	})}
	c, err := New(f, Config{Web: schemas.Web{Seeds: []string{"http://a.test/"}}})
	if err != nil {
		t.Fatal(err)
	}
	const odd = "http://a.test/100?q=50%"
	for range 2 {
		v, err := c.visit(context.Background(), schemas.Link{URL: odd})
		if err != nil || v.page.Reason != "" || len(v.links) != 1 || v.page.HTTPStatus != 203 {
			t.Errorf("%+v, %v", v, err)
		}
	}
	if len(asked) != 2 || asked[0] != odd || asked[1] != odd {
		t.Errorf("asked for %q, want %s twice", asked, odd)
	}
}

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
	if got, err := c.Walk(context.Background(), state, Memory{}); !errors.Is(err, errBroken) || got.Pages != nil {
		t.Errorf("%d pages and error %v, want none and %v", len(got.Pages), err, errBroken)
	}
	c, state = gathered(t, w, w)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got, err := c.Walk(ctx, state, Memory{}); !errors.Is(err, context.Canceled) || got.Pages != nil {
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

// A walk asks many hosts at once but each no faster than per_host allows.
func TestWalkConcurrency(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ concurrency, most int }{{1, 1}, {3, 3}, {64, 12}} {
		w := &world{hosts: 12, pages: 25}
		cfg := allHosts(worldConfig(1), w)
		cfg.Web.PagesPerJob, cfg.Fetch.Concurrency = 100, test.concurrency
		newDriver(t, w, cfg, nil).crawl()
		if most := int(w.most.Load()); most > test.most {
			t.Errorf("concurrency %d: %d requests in flight over 12 hosts, want at most %d", test.concurrency, most, test.most)
		}
	}
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
		got, err := c.Walk(context.Background(), state, Memory{})
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
