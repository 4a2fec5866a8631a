package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pairmill/control/api"
	"pairmill/schemas"
)

// gallery serves pictures whose server knows what it has sent: each has a version.
type gallery struct {
	*httptest.Server
	mu       sync.Mutex
	versions map[string]int // by path; 0 = as it was, negative = gone
	drawn    map[string][]byte
	statuses map[int]int // of answers about pictures
}

func serveGallery(t *testing.T) *gallery {
	t.Helper()
	g := &gallery{versions: map[string]int{}, drawn: map[string][]byte{}, statuses: map[int]int{}}
	g.Server = httptest.NewServer(g)
	t.Cleanup(g.Close)
	return g
}

func (g *gallery) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var n int
	version := g.versions[r.URL.Path]
	etag := fmt.Sprintf(`"%d"`, version)
	if _, err := fmt.Sscanf(r.URL.Path, "/%d.png", &n); err != nil || version < 0 {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		g.statuses[http.StatusNotModified]++
		w.WriteHeader(http.StatusNotModified)
		return
	}
	g.statuses[http.StatusOK]++
	name := fmt.Sprint(n, version)
	if g.drawn[name] == nil {
		g.drawn[name] = draw(n, version)
	}
	_, _ = w.Write(g.drawn[name])
}

func draw(n, version int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 80, 70))
	for i := range 5600 {
		img.Set(i%80, i/80, color.RGBA{byte(n), byte(i), byte(i*n + version), 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// set gives a picture another version.
func (g *gallery) set(path string, version int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.versions[path] = version
}

// answers returns how often pictures were sent whole since it was asked last, and how often they were as before.
func (g *gallery) answers() (whole, unchanged int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	whole, unchanged = g.statuses[http.StatusOK], g.statuses[http.StatusNotModified]
	clear(g.statuses)
	return whole, unchanged
}

// spec makes a dataset of n pictures of the gallery.
func (g *gallery) spec(t *testing.T, n int, more string) string {
	t.Helper()
	var urls strings.Builder
	fmt.Fprintln(&urls, "url,text")
	for i := range n {
		fmt.Fprintf(&urls, "%s/%d.png,picture number %d\n", g.URL, i, i)
	}
	return write(t, "spec.yaml", fmt.Sprintf(`version: 1
name: gallery
source: {list: {inputs: [%q], caption: text}}
fetch: {allow_private: true, delay: 0s, tries: 1, part_rows: 5}
embed: {model: ""}
%s`, write(t, "list.csv", urls.String()), more))
}

// runNow makes a run of a schedule, waits for its end, and returns what there is to say of it.
func (f fleet) runNow(t *testing.T, series, before string) (s api.Status) {
	t.Helper()
	if before != "" { // runs are named by the second, and the spec may be another by now
		time.Sleep(time.Until(time.Now().Truncate(time.Second).Add(time.Second)))
	}
	for s.Run.Run == "" || s.Run.Run == before {
		out, _ := f.ask(t, exitDone, "schedule", "run-now", series)
		out, _ = f.ask(t, exitDone, "status", strings.TrimSpace(out), "--json", "--watch", "--every", "50ms")
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if err := json.Unmarshal([]byte(lines[len(lines)-1]), &s); err != nil {
			t.Fatal(err)
		}
		if s.Run.Run == before {
			time.Sleep(100 * time.Millisecond)
		}
	}
	return s
}

// TestScheduledRunsAreIncremental: each is since the last one, until what is made of pictures changes.
func TestScheduledRunsAreIncremental(t *testing.T) {
	t.Parallel()
	f, g := startFleet(t, ""), serveGallery(t)
	const yearly = "schedule: {cron: \"0 0 1 1 *\"%s}\n"
	f.ask(t, exitDone, "schedule", "add", g.spec(t, 20, fmt.Sprintf(yearly, "")))
	first := f.runNow(t, "gallery", "")
	if whole, unchanged := g.answers(); first.Since != "" || first.Rows.Kept != 20 || first.Rows.Unchanged != 0 || whole != 20 || unchanged != 0 {
		t.Errorf("the first: %d whole, %d unchanged, %+v", whole, unchanged, first)
	}

	g.set("/3.png", 1)
	g.set("/4.png", -1)
	f.ask(t, exitDone, "schedule", "add", g.spec(t, 22, fmt.Sprintf(yearly, ""))) // two more in the list
	second := f.runNow(t, "gallery", first.Run.Run)
	if whole, unchanged := g.answers(); second.Since != first.Run.Run || second.Rows.Kept != 21 || second.Rows.Unchanged != 18 || whole != 3 || unchanged != 18 {
		t.Errorf("the second: %d whole, %d unchanged, %+v", whole, unchanged, second)
	}
	if first.Dataset != "datasets/gallery/v0001/" || second.Dataset != "datasets/gallery/v0002/" {
		t.Errorf("datasets %q, %q", first.Dataset, second.Dataset)
	}
	if out, _ := f.ask(t, exitDone, "status", second.Run.Run); !strings.Contains(out, "since "+first.Run.Run) || !strings.Contains(out, "rows 22, unchanged 18, dropped 1, gone 1") {
		t.Errorf("status:\n%s", out)
	}

	f.ask(t, exitDone, "schedule", "add", g.spec(t, 22, "image: {size: 64}\n"+fmt.Sprintf(yearly, "")))
	third := f.runNow(t, "gallery", second.Run.Run)
	if whole, unchanged := g.answers(); third.Since != "" || whole != 21 || unchanged != 0 {
		t.Errorf("pictures of another size: %d whole, %d unchanged, %+v", whole, unchanged, third)
	}
	f.ask(t, exitDone, "schedule", "add", g.spec(t, 22, "image: {size: 64}\n"+fmt.Sprintf(yearly, ", anew: true")))
	fourth := f.runNow(t, "gallery", third.Run.Run)
	if whole, unchanged := g.answers(); fourth.Since != "" || whole != 21 || unchanged != 0 {
		t.Errorf("anew: %d whole, %d unchanged, %+v", whole, unchanged, fourth)
	}

	spec := g.spec(t, 21, "")
	if _, stderr := f.ask(t, exitUsage, "submit", spec, "--since", "nobody"); !strings.Contains(stderr, "since nobody: there is no such run") {
		t.Errorf("since nobody: %s", stderr)
	}
	if _, stderr := f.ask(t, exitUsage, "submit", spec, "--since", third.Run.Run); !strings.Contains(stderr, "image is ") {
		t.Errorf("since one of another size: %s", stderr)
	}
	out, _ := f.ask(t, exitDone, "submit", spec, "--since", second.Run.Run)
	f.ask(t, exitDone, "status", strings.TrimSpace(out), "--watch", "--every", "50ms")
	if whole, unchanged := g.answers(); whole != 0 || unchanged != 20 {
		t.Errorf("submitted since the second: %d whole, %d unchanged", whole, unchanged)
	}
	if out, stderr, code := command(t.Context(), "verify", f.dir); code != exitDone {
		t.Errorf("verify: exit %d\n%s%s", code, out, stderr)
	}
}

// TestRunSince is the same without a cluster.
func TestRunSince(t *testing.T) {
	t.Parallel()
	g, dir := serveGallery(t), t.TempDir()
	spec := g.spec(t, 12, "")
	done(t, "run", spec, "--store", dir, "--id", "first")
	g.answers()
	g.set("/5.png", 1)
	var sum schemas.Summary
	out := done(t, "run", spec, "--store", dir, "--id", "second", "--since", "first", "--json")
	if err := json.Unmarshal([]byte(out), &sum); err != nil {
		t.Fatal(err)
	}
	if whole, unchanged := g.answers(); whole != 1 || unchanged != 11 || sum.Unchanged != 11 || sum.Kept != 12 {
		t.Errorf("%d whole, %d unchanged, %+v", whole, unchanged, sum)
	}
	done(t, "run", spec, "--store", dir, "--id", "second", "--since", "first") // goes on, and finds all done
	if _, stderr, code := command(t.Context(), "run", spec, "--store", dir, "--id", "second"); code != exitUsage || !strings.Contains(stderr, `is since "first" already`) {
		t.Errorf("the same run since none: exit %d, %s", code, stderr)
	}
	if whole, unchanged := g.answers(); whole+unchanged != 0 {
		t.Errorf("asked again: %d whole, %d unchanged", whole, unchanged)
	}
	if out := done(t, "report", filepath.Join(dir, "runs/second")); !strings.Contains(out, "unchanged") {
		t.Errorf("report:\n%s", out)
	}
	done(t, "verify", dir)
}
