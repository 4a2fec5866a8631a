package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pairmill/internal/content"
	"pairmill/internal/testutil"
	"pairmill/schemas"
	"pairmill/store/ledger"
	"pairmill/store/local"
	"pairmill/workers/workerstest"
)

// listSpec writes a spec that downloads a small list of a site in shards of five rows.
func siteList(t *testing.T, site *testutil.Site) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "spec.yaml")
	if err := os.WriteFile(path, workerstest.ListSpec(workerstest.List(t, site)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// run runs a spec to its end under the name of "small" and returns its summary.
func run(t *testing.T, spec, dir string, more ...string) (sum schemas.Summary) {
	t.Helper()
	stdout := done(t, append([]string{"run", spec, "--store", dir, "--id", "small", "--json"}, more...)...)
	if err := json.Unmarshal([]byte(stdout), &sum); err != nil {
		t.Fatal(err)
	}
	return sum
}

// contentOf is a run's content manifest.
func contentOf(t *testing.T, dir, run string) string {
	t.Helper()
	s, err := local.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	gens, err := ledger.Generations(t.Context(), s, run)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := content.Manifest(t.Context(), s, run, len(gens)-1, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// visits counts the requests for anything but robots.txt.
func visits(site *testutil.Site) int { return site.Count("", "") - site.Count("", "/robots.txt") }

func TestRunASampleFirst(t *testing.T) {
	t.Parallel()
	site := workerstest.Site(t)
	spec, dir, whole := siteList(t, site), t.TempDir(), t.TempDir()
	want := run(t, spec, whole)
	all := visits(site)

	sample := run(t, spec, dir, "--sample", "0.5")
	asked := visits(site) - all
	if sample.Candidates == 0 || sample.Candidates >= want.Candidates || sample.Balance() != 0 || asked == 0 {
		t.Fatalf("a half of %d rows: %+v, %d requests", want.Candidates, sample, asked)
	}
	if again := run(t, spec, dir, "--sample", "0.3"); again.Candidates != sample.Candidates || visits(site) != all+asked {
		t.Errorf("a smaller sample: %+v and %d requests more", again, visits(site)-all-asked)
	}
	estimate := done(t, "estimate", filepath.Join(dir, "runs", "small"), "--json")
	var e struct{ Rows, Sample int64 }
	if err := json.Unmarshal([]byte(estimate), &e); err != nil || e.Rows != want.Candidates || e.Sample != sample.Candidates {
		t.Errorf("estimate: %s (%v), want %d of %d rows", estimate, err, sample.Candidates, want.Candidates)
	}
	got := run(t, spec, dir)
	if got.Candidates != want.Candidates || got.Kept != want.Kept || got.Balance() != 0 {
		t.Errorf("the whole after a sample: %+v, want %+v", got, want)
	}
	if rest := visits(site) - all - asked; rest >= all {
		t.Errorf("the rest took %d requests, the whole takes %d: the sample's work was not used", rest, all)
	}
	if got, want := contentOf(t, dir, "small"), contentOf(t, whole, "small"); got != want {
		t.Errorf("content manifest\n%s\nwant\n%s", got, want)
	}
	done(t, "verify", dir)
}

func TestRunRefusesASampleThatCannotBe(t *testing.T) {
	t.Parallel()
	site := testutil.NewSite(t, nil)
	crawl := filepath.Join(t.TempDir(), "crawl.yaml")
	if err := os.WriteFile(crawl, workerstest.Spec(site, ""), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"of a crawl": {crawl, "--sample", "0.5"},
		"of nothing": {siteList(t, site), "--sample", "0"},
	} {
		dir := t.TempDir()
		_, stderr, code := command(t.Context(), append([]string{"run", "--store", dir}, args...)...)
		if code != exitUsage || !strings.Contains(stderr, "--sample") || site.Count("", "") != 0 {
			t.Errorf("%s: exit %d, %d requests\n%s", name, code, site.Count("", ""), stderr)
		}
		if _, err := os.Stat(filepath.Join(dir, "runs")); err == nil {
			t.Errorf("%s: a run was begun", name)
		}
	}
}

// Time that is used up halts at the end of the shards in work, and the same command goes on.
func TestRunHaltsWhenItsTimeIsUp(t *testing.T) {
	t.Parallel()
	site := testutil.NewSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/robots.txt" {
			time.Sleep(50 * time.Millisecond) // five rows of one host take a quarter of a second
		}
		http.NotFound(w, r)
	}))
	list, spec, dir := filepath.Join(t.TempDir(), "list.csv"), filepath.Join(t.TempDir(), "spec.yaml"), t.TempDir()
	rows := "url,text,uid\n"
	for i := range 30 {
		rows += site.URL("a.test", fmt.Sprintf("/%d.png", i)) + ",a,1\n"
	}
	if err := os.WriteFile(list, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(spec, workerstest.ListSpec(list), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stderr, code := command(t.Context(), "run", spec, "--store", dir, "--id", "small", "--workers", "1", "--max-seconds", "0.3")
	asked := visits(site)
	if code != exitHalted || !strings.Contains(stderr, "max_seconds 0.3 are over") {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	if asked >= 30 || asked%5 != 0 {
		t.Errorf("%d requests for 30 rows: not some whole shards of 5", asked)
	}
	if shards, err := filepath.Glob(filepath.Join(dir, "*.tar")); err != nil || len(shards) != asked/5 {
		t.Errorf("%d shards were delivered, %d were fetched (%v)", len(shards), asked/5, err)
	}
	if sum := run(t, spec, dir, "--workers", "4"); sum.Candidates != 30 || sum.Dropped[schemas.HTTPGone] != 30 || visits(site) != 30 {
		t.Errorf("going on: %+v with %d requests in all, want 30", sum, visits(site))
	}
}
