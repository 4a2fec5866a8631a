package web

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"pairmill/fetch"
	"pairmill/internal/testutil"
	"pairmill/schemas"
)

// trapSite has everything that makes new URLs without end, beside five honest pages.
func trapSite(t *testing.T) *testutil.Site {
	t.Helper()
	html := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, body)
		}
	}
	number := func(r *http.Request) int {
		n, _ := strconv.Atoi(r.URL.Query().Get("n"))
		return n
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/robots.txt", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "User-agent: *\nDisallow: /private") })
	mux.HandleFunc("/{$}", html(`<a href=a.html><a href=b.html><a href="/grow/"><a href="/loop/1"><a href="/endless?n=0"><a href="/deep">
		<a href="/private/x"><a href="/paper.pdf"><a href="/data"><a href="/away"><a href="/missing"><img src=/1.png alt=one>`))
	mux.HandleFunc("/a.html", html(`<a href="b.html"><img src=/2.png alt=two>`))
	mux.HandleFunc("/b.html", html(`<a href="/"><img src=/2.png alt=two>`))
	mux.HandleFunc("/grow/", html(`<a href="more/">more</a>`))
	mux.Handle("/loop/1", http.RedirectHandler("/loop/2", http.StatusFound))
	mux.Handle("/loop/2", http.RedirectHandler("/loop/1", http.StatusFound))
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, fmt.Sprintf("/endless?n=%d", number(r)+1), http.StatusMovedPermanently)
	})
	mux.HandleFunc("/deep", html(strings.Repeat("<ul>", 700)))
	mux.HandleFunc("/data", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, "{}")
	})
	mux.Handle("/away", http.RedirectHandler("http://elsewhere.test/", http.StatusFound))
	mux.HandleFunc("/calendar", func(w http.ResponseWriter, r *http.Request) {
		html(fmt.Sprintf(`<a href="?n=%d">next</a><a href="?n=%d">next year</a>`, number(r)+1, number(r)+12))(w, r)
	})
	return testutil.NewSite(t, mux)
}

func loopbackFetcher(t *testing.T, site *testutil.Site) *fetch.Fetcher {
	t.Helper()
	f, err := fetch.New(fetch.Config{AllowPrivate: true, Hosts: site.Hosts(), PerHost: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func TestTraps(t *testing.T) {
	t.Parallel()
	site := trapSite(t)
	d := newDriver(t, loopbackFetcher(t, site), Config{
		Web:   schemas.Web{Seeds: []string{site.URL("a.test", "/")}, MaxPages: 10_000, MaxDepth: 1000, Lanes: 3},
		Fetch: schemas.Fetch{MaxRedirects: 4, PerHost: 4},
	}, nil).crawl()
	got := map[string]string{}
	for _, p := range d.pages {
		got[strings.TrimPrefix(p.URL, site.URL("a.test", ""))] = p.Reason
	}
	for url, reason := range map[string]schemas.Reason{
		"/": "", "/a.html": "", "/b.html": "", "/grow/": "", "/grow/more/more/more/": "",
		"/loop/1": schemas.PageRedirected, "/loop/2": schemas.PageRedirected,
		"/endless?n=3": schemas.PageRedirected, "/endless?n=4": schemas.TooManyRedirects,
		"/deep": schemas.HTMLTooDeep, "/private/x": schemas.RobotsDisallowed, "/data": schemas.ContentUnwanted,
		"/away": schemas.ScopeExcluded, "/missing": schemas.HTTPGone,
	} {
		if r, ok := got[url]; !ok || r != string(reason) {
			t.Errorf("%s: planned %v, reason %q; want %q", url, ok, r, reason)
		}
	}
	if len(d.pages) != 19 || len(d.fresh) != 2 {
		t.Errorf("%d pages, %d candidates; want 19 and 2: %v", len(d.pages), len(d.fresh), got)
	}
	if n := site.Count("elsewhere.test", "") + site.Count("a.test", "/paper.pdf") + site.Count("a.test", "/private/x"); n != 0 {
		t.Errorf("%d requests that should not have been made", n)
	}
}

// A calendar has no end; each host's budget is its end, and the other hosts' pages are read all the same.
func TestEndlessSitesEndByBudget(t *testing.T) {
	t.Parallel()
	site := trapSite(t)
	d := newDriver(t, loopbackFetcher(t, site), Config{
		Web: schemas.Web{
			Seeds:    []string{site.URL("a.test", "/calendar?n=0"), site.URL("b.test", "/calendar?n=0"), site.URL("c.test", "/")},
			MaxPages: 10_000, MaxDepth: 1_000, MaxPagesPerHost: 40, Lanes: 2, PagesPerJob: 10,
		},
		Fetch: schemas.Fetch{PerHost: 4},
	}, nil).crawl()
	perHost := map[string]int{}
	for _, p := range d.pages {
		perHost[strings.Split(fetch.HostKey(p.URL), ":")[0]]++
	}
	if perHost["a.test"] != 40 || perHost["b.test"] != 40 || perHost["c.test"] != 25 {
		t.Errorf("pages per host: %v, want 40 and 40 at the limit, and 25", perHost)
	}
	if d.longest > 80 {
		t.Errorf("frontier of %d links: more than the hosts can still use", d.longest)
	}
}
