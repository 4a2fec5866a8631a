package web

import (
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pairmill/fetch"
	"pairmill/internal/testutil"
	"pairmill/schemas"
)

// The Debian Administrator's Handbook is a real web site in 26 languages whose pages and pictures were counted without
// this package: 127 pages for each language, and 1,664 pairs of picture URL and alt text.
func TestHandbook(t *testing.T) {
	if testutil.Raced {
		t.Skip("runs without the race detector: make test does so")
	}
	t.Parallel()
	folder := os.Getenv("PAIRMILL_HANDBOOK")
	if folder == "" {
		t.Skip("PAIRMILL_HANDBOOK does not name the html folder of Debian's package debian-handbook")
	}
	site := testutil.NewSite(t, plainFiles(folder))
	fetcher, err := fetch.New(fetch.Config{AllowPrivate: true, Hosts: site.Hosts(), PerHost: 8})
	if err != nil {
		t.Fatal(err)
	}
	defer fetcher.Close()
	indexes, err := filepath.Glob(filepath.Join(folder, "*", "index.html"))
	if err != nil || len(indexes) != 26 {
		t.Fatalf("%d languages in %s, want 26 (%v)", len(indexes), folder, err)
	}
	root := site.URL("handbook.test", "")
	var all []string
	for _, index := range indexes {
		all = append(all, root+"/"+filepath.Base(filepath.Dir(index))+"/index.html")
	}
	english := []string{root + "/en-US/index.html"}
	for name, want := range map[string]struct {
		seeds      []string
		pages      int64
		candidates int
		unread     []string
	}{
		"all languages": {all, 3302, 1664, []string{"/pt-BR/https//planet.debian.org/ http_gone"}}, // a typing error in the translation
		"english":       {english, 127, 64, nil},
	} {
		d := newDriver(t, fetcher, Config{
			Web:   schemas.Web{Seeds: want.seeds, MaxPages: 100_000, MaxDepth: 1000, Lanes: 3},
			Fetch: schemas.Fetch{PerHost: 8},
		}, nil).crawl()
		if d.counts.Pages != want.pages || len(d.fresh) != want.candidates {
			t.Errorf("%s: %d pages and %d candidates, want %d and %d", name, d.counts.Pages, len(d.fresh), want.pages, want.candidates)
		}
		var unread []string
		for _, p := range d.pages {
			if p.Reason != "" {
				unread = append(unread, strings.TrimPrefix(p.URL, root)+" "+p.Reason)
			}
		}
		if !slices.Equal(unread, want.unread) {
			t.Errorf("%s: not read: %q, want %q", name, unread, want.unread)
		}
	}
}

// plainFiles serves files as most servers do. http.FileServer sends every index.html away to its folder.
func plainFiles(folder string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := fs.ReadFile(os.DirFS(folder), strings.TrimPrefix(r.URL.Path, "/"))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(r.URL.Path)))
		w.Write(b)
	})
}
