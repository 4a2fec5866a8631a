package picturesite

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"pairmill/filter"
)

// reader is a crawler of the simplest kind, which knows the site from the outside only.
type reader struct {
	t      *testing.T
	client *http.Client
	root   *url.URL
}

// seen is what it found.
type seen struct {
	pages, redirects, references, blank int
	candidates                          map[[2]string]seenOn
}

type seenOn struct{ optOut bool }

func serveSite(t *testing.T, pages int) (*Site, reader) {
	t.Helper()
	site := New(pages)
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	root, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return site, reader{t: t, client: client, root: root}
}

func (r reader) get(target string) (*http.Response, []byte) {
	r.t.Helper()
	resp, err := r.client.Get(target)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp, body
}

// crawl reads pages breadth-first.
func (r reader) crawl() seen {
	found := seen{candidates: map[[2]string]seenOn{}}
	start := r.root.String() + "/"
	known, level := map[string]bool{start: true}, []string{start}
	for depth := 0; len(level) > 0; depth++ {
		var next []string
		for i := 0; i < len(level); i++ {
			resp, body := r.get(level[i])
			if to, err := resp.Location(); err == nil {
				found.redirects++
				if !known[to.String()] {
					known[to.String()] = true
					level = append(level, to.String())
				}
				continue
			}
			if resp.StatusCode != http.StatusOK {
				r.t.Errorf("%s: %s", level[i], resp.Status)
			}
			found.pages++
			for _, l := range r.page(level[i], body, &found) {
				if depth < MaxDepth && !known[l] {
					known[l] = true
					next = append(next, l)
				}
			}
		}
		level = next
	}
	return found
}

// page reads one page into found and returns the links that may be followed.
func (r reader) page(at string, body []byte, found *seen) []string {
	r.t.Helper()
	doc, err := html.Parse(strings.NewReader(string(body)))
	if err != nil {
		r.t.Fatal(err)
	}
	base, err := url.Parse(at)
	if err != nil {
		r.t.Fatal(err)
	}
	var links []string
	optOut := false
	for n := range doc.Descendants() {
		get := func(key string) string {
			for _, a := range n.Attr {
				if a.Key == key {
					return a.Val
				}
			}
			return ""
		}
		switch n.Data {
		case "base":
			base = r.resolve(base, get("href"))
		case "meta":
			optOut = optOut || get("name") == "robots" && strings.Contains(get("content"), "noai")
		case "a":
			if l := r.resolve(base, get("href")); l.Host == r.root.Host && !strings.HasPrefix(l.Path, "/private/") {
				links = append(links, l.String())
			}
		case "img":
			found.references++
			if alt := filter.CleanCaption(get("alt")); alt == "" {
				found.blank++
			} else {
				c := [2]string{r.resolve(base, get("src")).RequestURI(), alt}
				found.candidates[c] = seenOn{optOut || found.candidates[c].optOut} // one page's word holds everywhere
			}
		}
	}
	return links
}

func (r reader) resolve(base *url.URL, ref string) *url.URL {
	r.t.Helper()
	u, err := base.Parse(ref)
	if err != nil {
		r.t.Fatal(err)
	}
	return u
}
