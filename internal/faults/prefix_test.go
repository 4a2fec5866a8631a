package faults

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// ending is how a command of the program ended.
type ending struct {
	out  string
	code int
}

// together runs `pairmill run` several times at once, each as a machine of its own, with a cache folder and so a queue that the
// others do not see, unless the store is a folder. All take the same run. The first two begin at once, a third when begun says so.
func (r *rig) together(specs []string, run string, begun func() bool) (ends []ending) {
	r.t.Helper()
	ends = make([]ending, len(specs))
	var all sync.WaitGroup
	for i, spec := range specs {
		if i == 2 {
			eventually(r.t, time.Minute, "the others are at it", begun)
		}
		machine := *r
		machine.env = append(slices.Clone(r.env), "XDG_CACHE_HOME="+r.t.TempDir())
		file := writeFile(r.t, "spec.yaml", spec)
		all.Go(func() { ends[i].out, ends[i].code = machine.run("run", file, "--store", r.location, "--id", run) })
	}
	all.Wait()
	return ends
}

// TestTwoRunsInOnePlace: two `pairmill run` at once with one store and one run, and a third while they are at it. On a folder
// all but the first refuse; on object storage, where they know nothing of each other, all end as one would. With another spec
// the second refuses everywhere.
func TestTwoRunsInOnePlace(t *testing.T) {
	binary(t)
	w := newWeb(t, webConfig{Hosts: 4, Pages: 5, Pictures: 5, Slow: 200 * time.Millisecond})
	ref := w.undisturbed(t, w.crawlSpec("undisturbed"), "undisturbed")
	other := func(contact string) string {
		return strings.Replace(w.crawlSpec(contact), "min_side: 16", "min_side: 17", 1)
	}
	for _, s3 := range []bool{false, true} {
		where := map[bool]string{false: "folder", true: "bucket"}[s3]
		t.Run(where, func(t *testing.T) {
			r := newRig(t, rigConfig{S3: s3})
			began := time.Now()
			same := r.together(slices.Repeat([]string{w.crawlSpec(where)}, 3), "same", func() bool {
				n, _ := w.From(where + "@faults.test")
				return n > 10
			})
			good := slices.DeleteFunc(slices.Clone(same), func(e ending) bool { return e.code != 0 })
			for _, e := range same {
				if e.code != 0 && (s3 || !strings.Contains(e.out, "is in use by another pairmill")) {
					t.Errorf("exit %d\n%s", e.code, e.out)
				}
			}
			if want := map[bool]int{false: 1, true: 3}[s3]; len(good) != want {
				t.Errorf("%d ended well, want %d", len(good), want)
			}
			// Each that knows nothing of the others asks for everything once, at most.
			r.check(w, "same", where, ref, bounds{requests: (len(good) - 1) * ref.requests, robots: 3 * w.cfg.Hosts})

			differ := r.together([]string{w.crawlSpec(where + "-one"), other(where + "-other")}, "two", nil)
			slices.SortFunc(differ, func(a, b ending) int { return a.code - b.code })
			if differ[0].code != 0 || differ[1].code == 0 {
				t.Fatalf("of two specs, %d and %d are the exit codes", differ[0].code, differ[1].code)
			}
			refusal := "is in use by another pairmill"
			if s3 {
				refusal = "submit spec as run two"
			}
			if !strings.Contains(differ[1].out, refusal) {
				t.Errorf("the second refuses with\n%s", differ[1].out)
			}
			r.verify("")
			n, _ := w.From(where + "@faults.test")
			t.Logf("%d ended well with %d requests, where one makes %d; of two specs the second said %q; %v",
				len(good), n, ref.requests, lastLine(differ[1].out), since(began))
		})
	}
}

// lastLine is what a command has said last.
func lastLine(out string) string {
	lines := strings.Split(strings.TrimSpace(out), "\n")
	return lines[len(lines)-1]
}

// TestRunBesideACluster: a run that a cluster works on is taken by `pairmill run` as well. Both end, and what they have made is
// what one would have.
func TestRunBesideACluster(t *testing.T) {
	binary(t)
	w := newWeb(t, webConfig{Hosts: 4, Pages: 5, Pictures: 5, Slow: 50 * time.Millisecond})
	ref := w.undisturbed(t, w.crawlSpec("undisturbed"), "undisturbed")
	r := newRig(t, rigConfig{S3: true, Planes: 1, Workers: 2})
	began := time.Now()
	r.submit(w.crawlSpec("both"), "both")
	eventually(t, time.Minute, "the cluster is at it", func() bool { n, _ := w.From("both@faults.test"); return n > 0 })
	if ends := r.together([]string{w.crawlSpec("both")}, "both", nil); ends[0].code != 0 {
		t.Errorf("beside the cluster: exit %d\n%s", ends[0].code, ends[0].out)
	}
	if s := r.finish("both", 2*time.Minute); s.State != "done" {
		t.Errorf("the cluster says %s: %s", s.State, s.Text)
	}
	r.check(w, "both", "both", ref, bounds{requests: ref.requests, robots: 3 * w.cfg.Hosts})
	versions, err := filepath.Glob(filepath.Join(r.dir, "objects", s3Bucket, "faults", "datasets", "crawled", "v*"))
	if err != nil || len(versions) != 1 {
		t.Errorf("versions %q, want one: %v", versions, err)
	}
	r.verify("")
	n, _ := w.From("both@faults.test")
	t.Logf("both ended after %v with %d requests, where one makes %d", since(began), n, ref.requests)
}

// TestRefusedRunGoesOnLater: a run that was refused, because another works on the same folder, has left nothing there, and
// goes on when the other has ended.
func TestRefusedRunGoesOnLater(t *testing.T) {
	binary(t)
	w := newWeb(t, webConfig{Hosts: 2, Pages: 2, Pictures: 5, Slow: 50 * time.Millisecond})
	ref := w.undisturbed(t, w.crawlSpec("undisturbed"), "undisturbed")
	r := newRig(t, rigConfig{})
	first := r.process("first", nil, "run", writeFile(t, "spec.yaml", w.crawlSpec("first")), "--store", r.location, "--id", "first")
	first.start()
	eventually(t, time.Minute, "the first has begun", func() bool { n, _ := w.From("first@faults.test"); return n > 0 })
	spec := writeFile(t, "spec.yaml", w.crawlSpec("second"))
	out, code := r.run("run", spec, "--store", r.location, "--id", "second")
	if code != 1 || !strings.Contains(out, "is in use by another pairmill") {
		t.Errorf("beside another run of the same folder: exit %d\n%s", code, out)
	}
	if _, err := os.Stat(filepath.Join(r.location, "runs", "second")); err == nil {
		t.Error("the run that was refused has left something")
	}
	if !first.awaitEnd(time.Minute) {
		t.Fatal("the first does not end")
	}
	r.must("run", spec, "--store", r.location, "--id", "second")
	for _, run := range []string{"first", "second"} {
		r.check(w, run, run, ref, bounds{robots: w.cfg.Hosts})
	}
}
