package web

import (
	"context"
	"net/http"
	"strings"
	"testing"

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
		"redirect":         {redirect("next.html#x"), schemas.PageRedirected, "redirects to", "http://a.test/dir/next.html"},
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
		v, err := c.visit(context.Background(), schemas.Link{URL: odd}, nil)
		if err != nil || v.page.Reason != "" || len(v.links) != 1 || v.page.HTTPStatus != 203 {
			t.Errorf("%+v, %v", v, err)
		}
	}
	if len(asked) != 2 || asked[0] != odd || asked[1] != odd {
		t.Errorf("asked for %q, want %s twice", asked, odd)
	}
}
