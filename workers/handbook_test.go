package workers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pairmill/internal/testutil"
	"pairmill/schemas"
)

// What is known of the handbook in 26 languages, counted on its files.
const (
	handbookPages, handbookCandidates, handbookImages = 3302, 1664, 372
)

// TestHandbookUnderKills crawls a real site and kills the crawl at random moments. PAIRMILL_HANDBOOK is the folder of
// the pages of Debian's debian-handbook: tools/handbook.sh gets it.
func TestHandbookUnderKills(t *testing.T) {
	withoutRace(t)
	t.Parallel()
	dir := os.Getenv("PAIRMILL_HANDBOOK")
	if dir == "" {
		t.Skip("PAIRMILL_HANDBOOK is not set: tools/handbook.sh gets the pages and prints their folder")
	}
	w := handbookWorld(t, dir)
	begin := func(contact string) order {
		return order{Dir: filepath.Join(t.TempDir(), contact), Spec: w.handbookSpec(t, dir, contact), Workers: 1, Lease: shortLease, Forget: true}
	}
	o := begin("undisturbed")
	began := time.Now()
	o.finish(t)
	span := time.Since(began)
	w.learn(t, openLocal(t, o.Dir), "undisturbed")
	if s := w.want.Summary; s.Pages != handbookPages || s.Candidates != handbookCandidates || s.DistinctImages != handbookImages || s.Rows != handbookImages {
		t.Errorf("undisturbed run sums up to %+v", s)
	}
	t.Logf("undisturbed: %v, %d requests, largest jobs %v", span, w.visits, w.largest)
	// So short that one run sees nearly all kills, and so long that they reach from its first stage to its last.
	killRuns(t, newRandom(t), span/12, begin, func(o order, contact string, kills int) {
		w.check(t, openLocal(t, o.Dir), contact, kills*w.inFlight(), kills+1)
		visits, _ := w.count(contact)
		t.Logf("%s: %d kills, %d requests more", contact, kills, visits-w.visits)
	})
}

func handbookWorld(t *testing.T, dir string) *world {
	t.Helper()
	folder := http.Dir(dir)
	return &world{largest: map[schemas.Task]int{}, site: testutil.NewSite(t, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		// http.FileServer would redirect index.html to its folder.
		f, err := folder.Open(r.URL.Path)
		if err != nil {
			http.NotFound(rw, r)
			return
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil || info.IsDir() {
			http.NotFound(rw, r)
			return
		}
		http.ServeContent(rw, r, info.Name(), info.ModTime(), f)
	}))}
}

// handbookSpec takes every page and every picture as it is.
func (w *world) handbookSpec(t *testing.T, dir, contact string) []byte {
	t.Helper()
	languages, err := filepath.Glob(filepath.Join(dir, "*", "index.html"))
	if err != nil || len(languages) == 0 {
		t.Fatalf("no pages in PAIRMILL_HANDBOOK: %v", err)
	}
	for i, l := range languages {
		languages[i] = w.site.URL("", "/"+filepath.Base(filepath.Dir(l))+"/index.html")
	}
	seeds, err := json.Marshal(languages) // JSON is YAML
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Appendf(nil, `version: 1
name: handbook
source:
  web: {seeds: %s, max_depth: 50, pages_per_job: 50}
fetch:
  contact: %s@crash.test
  allow_private: true
  delay: 0s
  part_rows: 100
image: {size: 64, mode: keep_ratio_largest}
filter: {min_chars: 0, max_chars: 0, min_words: 0, max_words: 0, drop_control_chars: false, drop_file_names: false,
  drop_placeholders: false, min_side: 0, max_area: 0, max_aspect: 0, min_bytes: 0}
dataset: {shard_samples: 100}
`, seeds, contact)
}
