package workers_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"image/color"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pairmill/internal/content"
	"pairmill/internal/specfile"
	"pairmill/internal/testutil"
	"pairmill/internal/verify"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/mem"
	"pairmill/store/table"
	"pairmill/workers/workerstest"
)

// again is a site that is crawled more than once, whose server knows what it has sent, and which changes in between.
type again struct {
	*testutil.Site
	later   atomic.Bool
	another []byte
}

func newAgain(t *testing.T) *again {
	t.Helper()
	a := &again{Site: workerstest.Site(t), another: workerstest.PNG(t, color.RGBA{240, 230, 20, 255}, 90)}
	a.Wrap(a.changed)
	a.Wrap(validated)
	return a
}

// changed serves another picture at one URL later, none at a second, and a new one on a page.
func (a *again) changed(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, _ := strings.Cut(r.Host, ":")
		switch {
		case !a.later.Load():
			h.ServeHTTP(w, r)
		case host == "a.test" && r.URL.Path == "/green.png", r.URL.Path == "/new.png":
			_, _ = w.Write(a.another)
		case host == "b.test" && r.URL.Path == "/blue.png":
			http.NotFound(w, r)
		case host == "a.test" && r.URL.Path == "/two.html":
			_, _ = io.WriteString(w, `<!doctype html><a href="/">1</a><img src="blue.png" alt="a blue  square"><img src="new.png" alt="a yellow square">`)
		default:
			h.ServeHTTP(w, r)
		}
	})
}

// validated gives each answer an ETag and understands it.
func validated(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		etag := fmt.Sprintf(`"%x"`, sha256.Sum256(rec.Body.Bytes()))
		for k, v := range rec.Header() {
			w.Header()[k] = v
		}
		if rec.Code == http.StatusOK {
			w.Header().Set("ETag", etag)
			if r.Header.Get("If-None-Match") == etag {
				w.WriteHeader(http.StatusNotModified)
				return
			}
		}
		w.WriteHeader(rec.Code)
		_, _ = w.Write(rec.Body.Bytes())
	})
}

// pages counts the pages that were sent whole and those that were as before, by a run.
func (a *again) pages(run string) (whole, unchanged int) {
	for _, v := range a.Visits() {
		switch html := strings.HasSuffix(v.Path, ".html") || v.Path == "/"; {
		case !html || !strings.Contains(v.UserAgent, "+"+run+"@"):
		case v.Status == http.StatusNotModified:
			unchanged++
		case v.Status == http.StatusOK:
			whole++
		}
	}
	return whole, unchanged
}

// crawl makes a run, and says how many pictures came whole and how many had not changed.
func (a *again) crawl(t *testing.T, s store.Store, run, since, more string) (whole, unchanged int, counts schemas.Counts) {
	t.Helper()
	before := len(a.Visits())
	spec := bytes.Replace(workerstest.Spec(a.Site, ""), []byte("fetch:\n"), fmt.Appendf(nil, "fetch:\n  contact: %s@since.test\n%s", run, more), 1)
	if err := (workerstest.Pipeline{Store: s, Spec: spec, Run: run, Since: since}).Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, v := range a.Visits()[before:] {
		switch picture := strings.HasSuffix(v.Path, ".png") || strings.HasSuffix(v.Path, ".jpg"); {
		case picture && v.Status == http.StatusNotModified:
			unchanged++
		case picture && v.Status == http.StatusOK:
			whole++
		}
	}
	counts, err := ledger.Sum(t.Context(), s, run)
	if err != nil {
		t.Fatal(err)
	}
	return whole, unchanged, counts
}

// manifest is a run's content, and its verification.
func (a *again) manifest(t *testing.T, s store.Store, run string) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := content.Manifest(t.Context(), s, run, 0, &b); err != nil {
		t.Fatal(err)
	}
	for f, err := range verify.Run(t.Context(), s, run, verify.Config{ReadSpec: specfile.Parse}) {
		t.Errorf("verify %s: %v, %v", run, f, err)
	}
	return b.String()
}

// TestSince: a run since another is what it would be alone, and asks for the bytes of what has changed only.
func TestSince(t *testing.T) {
	t.Parallel()
	site := newAgain(t)
	s := mem.New()
	whole, unchanged, counts := site.crawl(t, s, "first", "", "")
	if whole == 0 || unchanged != 0 || counts.Unchanged != 0 {
		t.Fatalf("the first run: %d whole, %d unchanged, %+v", whole, unchanged, counts)
	}

	whole, unchanged, counts = site.crawl(t, s, "same", "first", "")
	// Each host has a picture that is refused by its header. They are asked for anew each time.
	if whole != 2 || unchanged == 0 || counts.Unchanged == 0 || counts.Fetched != counts.Unchanged {
		t.Errorf("nothing has changed: %d whole, %d unchanged, %+v", whole, unchanged, counts)
	}
	if got, want := site.manifest(t, s, "same"), site.manifest(t, s, "first"); got != want {
		t.Errorf("content\n%s\nwant\n%s", got, want)
	}
	if whole, unchanged := site.pages("same"); whole != 0 || unchanged != 8 || counts.Pages != 8 || counts.Bytes > 500 { // the pictures that are refused
		t.Errorf("nothing has changed: %d pages whole, %d unchanged, %+v", whole, unchanged, counts)
	}

	site.later.Store(true)
	alone := mem.New()
	all, _, _ := site.crawl(t, alone, "alone", "", "")
	whole, unchanged, counts = site.crawl(t, s, "second", "same", "")
	// Another green.png, new.png, and yellow.png, which no page forbids any more.
	if whole != 2+3 || unchanged != all-whole || counts.Unchanged == 0 {
		t.Errorf("some has changed: %d whole, %d unchanged of %d, %+v", whole, unchanged, all, counts)
	}
	if got, want := site.manifest(t, s, "second"), site.manifest(t, alone, "alone"); got != want {
		t.Errorf("content\n%s\nwant\n%s", got, want)
	}
	if whole, unchanged := site.pages("second"); whole != 1 || unchanged != 6 { // nothing leads to a.test/four.html any more
		t.Errorf("some has changed: %d pages whole, %d unchanged", whole, unchanged)
	}
	for _, version := range []string{"v0001", "v0002", "v0003"} {
		if there, err := ledger.Exists(t.Context(), s, "datasets/small/"+version+"/manifest.json"); !there || err != nil {
			t.Errorf("version %s: %t, %v", version, there, err)
		}
	}
	from(t, s, "second", map[string]bool{"first": true}) // which received them, not the one in between

	// Fresh answers are not asked for again.
	whole, unchanged, counts = site.crawl(t, s, "third", "second", "  fresh: 1h\n")
	if whole != 2 || unchanged != 0 || counts.Unchanged != counts.Fetched {
		t.Errorf("within the hour: %d whole, %d unchanged, %+v", whole, unchanged, counts)
	}
	if got, want := site.manifest(t, s, "third"), site.manifest(t, alone, "alone"); got != want {
		t.Errorf("content\n%s\nwant\n%s", got, want)
	}
}

// from looks which runs the observations of a run name.
func from(t *testing.T, s store.Store, run string, want map[string]bool) {
	t.Helper()
	got := map[string]bool{}
	for rec, err := range ledger.Run(t.Context(), s, run) {
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range rec.Of(schemas.RoleObservations) {
			for x, err := range table.Read[schemas.Observation](t.Context(), s, o.Key) {
				if err != nil {
					t.Fatal(err)
				}
				if x.Since != "" {
					got[x.Since] = true
				}
			}
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s has bytes of %v, want %v", run, got, want)
	}
}

// TestSinceWhatIsLeft: what the earlier run has lost costs requests.
func TestSinceWhatIsLeft(t *testing.T) {
	t.Parallel()
	for lost, unchanged := range map[string]int64{
		"/shards/":   4, // rows that were dropped need no picture
		"/recalled/": 0,
	} {
		t.Run(lost, func(t *testing.T) {
			t.Parallel()
			site := newAgain(t)
			s := mem.New()
			site.crawl(t, s, "first", "", "")
			want := site.manifest(t, s, "first")
			damage := losing{s, lost}
			spec := workerstest.Spec(site.Site, "")
			if err := (workerstest.Pipeline{Store: damage, Spec: spec, Run: "second", Since: "first"}).Drive(t.Context()); err != nil {
				t.Fatal(err)
			}
			counts, err := ledger.Sum(t.Context(), s, "second")
			if err != nil || counts.Unchanged != unchanged || counts.Kept == 0 {
				t.Errorf("%+v, %v", counts, err)
			}
			if got := site.manifest(t, s, "second"); got != want {
				t.Errorf("content\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// losing is a store in which tars of the first run, or recalled tables, cannot be read.
type losing struct {
	store.Store
	what string
}

func (l losing) Open(ctx context.Context, key string) (store.Object, error) {
	if strings.Contains(key, l.what) && (strings.HasSuffix(key, ".tar") && strings.Contains(key, "runs/first/") || l.what == "/recalled/") {
		return nil, fmt.Errorf("open %s: %w", key, store.ErrNotExist)
	}
	return l.Store.Open(ctx, key)
}

// TestSinceRefuses: a run that cannot be since another says why before it asks anybody.
func TestSinceRefuses(t *testing.T) {
	t.Parallel()
	site := newAgain(t)
	s := mem.New()
	site.crawl(t, s, "first", "", "")
	visits := len(site.Visits())
	for _, c := range []struct {
		name, since, extra, want string
	}{
		{"absent", "nobody", "", "since nobody: there is no such run in this store"},
		{"size", "first", "image: {size: 128}\n", "since first: its pictures are not what this run would make of the same bytes: image is "},
	} {
		spec := workerstest.Spec(site.Site, c.extra)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		err := (workerstest.Pipeline{Store: s, Spec: spec, Run: "x-" + c.name, Since: c.since}).Drive(ctx)
		cancel()
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if n := len(site.Visits()); n != visits {
		t.Errorf("%d requests", n-visits)
	}
}
