package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"pairmill/internal/content"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// reference is what a run is like that nobody disturbs.
type reference struct {
	contents string
	summary  schemas.Summary
	requests int // but for robots.txt
	oneJob   int // requests that a killed worker can have made in vain with one job of each stage
}

// result is what must not depend on what happened on the way.
func result(ctx context.Context, s store.Store, run string) (contents string, sum schemas.Summary, err error) {
	var b bytes.Buffer
	if _, err := content.Manifest(ctx, s, run, 0, &b); err != nil {
		return "", sum, err
	}
	counts, err := ledger.Sum(ctx, s, run)
	return b.String(), schemas.Summarize("", counts), err
}

// undisturbed takes a spec, which has this contact, from its beginning to its end in one process that nobody disturbs.
func (w *web) undisturbed(t *testing.T, spec, contact string) reference {
	t.Helper()
	r := &rig{t: t, dir: t.TempDir(), program: binary(t), location: t.TempDir()}
	began := time.Now()
	r.must("run", writeFile(t, "spec.yaml", spec), "--store", r.location, "--id", "alone")
	s, closing := r.opened(r.location)
	defer closing()
	var ref reference
	var err error
	if ref.contents, ref.summary, err = result(t.Context(), s, "alone"); err != nil {
		t.Fatal(err)
	}
	ref.requests, _ = w.From(contact + "@faults.test")
	largest, sum := map[schemas.Task]int{}, 0
	for rec, err := range ledger.Run(t.Context(), s, "alone") {
		if err != nil {
			t.Fatal(err)
		}
		n := int(rec.Counts.Requests)
		largest[rec.Job.Task] = max(largest[rec.Job.Task], n)
		sum += n
	}
	ref.oneJob = largest[schemas.TaskWalk] + largest[schemas.TaskFetch]
	if sum != ref.requests || ref.oneJob == 0 || ref.summary.Balance() != 0 || ref.summary.Candidates == 0 {
		t.Fatalf("undisturbed: the ledger counts %d requests, the site %d; it sums up to %+v", sum, ref.requests, ref.summary)
	}
	t.Logf("undisturbed (%s): %d candidates, %d requests in %v", contact, ref.summary.Candidates, ref.requests, since(began))
	return ref
}

// bounds says what may have been in vain in a run.
type bounds struct {
	requests int // more than undisturbed
	robots   int // of robots.txt, at most
}

// wasted is what so many killed workers can have asked for in vain.
func (r *rig) wasted(ref reference, kills int) int { return kills * r.cfg.Concurrency * ref.oneJob }

// check holds a run that is over against an undisturbed one: equal content, a ledger that is balanced and says the same,
// nothing given up, requests within bounds by the site's log, and no finding of `pairmill verify`.
func (r *rig) check(w *web, run, contact string, ref reference, b bounds) {
	r.t.Helper()
	contents, sum, err := result(context.WithoutCancel(r.t.Context()), r.store, run)
	if err != nil {
		r.t.Fatal(err)
	}
	if contents != ref.contents {
		r.t.Errorf("%s: content manifest differs: %s", run, firstDifference(contents, ref.contents))
	}
	if sum.Balance() != 0 || !reflect.DeepEqual(sum, ref.summary) {
		r.t.Errorf("%s: the ledger sums up to %+v, off by %d; want %+v", run, sum, sum.Balance(), ref.summary)
	}
	for q, err := range ledger.Quarantined(r.t.Context(), r.store, run) {
		if err != nil {
			r.t.Fatal(err)
		}
		r.t.Errorf("%s: job %s was given up after %d attempts: %s", run, q.Job.ID(), q.Attempts, q.Error)
	}
	requests, robots := w.From(contact + "@faults.test")
	if requests < ref.requests || requests > ref.requests+b.requests {
		r.t.Errorf("%s: %d requests, want %d and at most %d more", run, requests, ref.requests, b.requests)
	}
	if robots > b.robots {
		r.t.Errorf("%s: robots.txt was asked for %d times, want at most %d", run, robots, b.robots)
	}
	r.verify("/runs/" + run)
}

// verify wants no finding in the store, or in a place below it.
func (r *rig) verify(below string) {
	r.t.Helper()
	if out := r.must("verify", r.location+below); !strings.Contains(out, " 0 findings") {
		r.t.Errorf("verify %s: %s", r.location+below, out)
	}
}

// firstDifference is the first line in which two texts differ.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		switch {
		case i >= len(g):
			return fmt.Sprintf("%d lines, want %d; the first that is missing: %s", len(g), len(w), w[i])
		case i >= len(w):
			return fmt.Sprintf("%d lines, want %d; the first that is too many: %s", len(g), len(w), g[i])
		case g[i] != w[i]:
			return fmt.Sprintf("line %d is\n%s\nwant\n%s", i+1, g[i], w[i])
		}
	}
	return "it does not"
}

// must runs a command of the program to its end, which must be a good one, and returns what it has said.
func (r *rig) must(args ...string) string {
	r.t.Helper()
	out, code := r.run(args...)
	if code != 0 {
		r.t.Fatalf("pairmill %s: exit %d\n%s", strings.Join(args, " "), code, out)
	}
	return out
}

// run runs a command of the program to its end.
func (r *rig) run(args ...string) (out string, code int) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.t.Context()), 20*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, r.program, args...)
	cmd.Env = append(os.Environ(), r.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		r.t.Fatalf("pairmill %s: %v\n%s", strings.Join(args, " "), err, text)
	}
	return string(text), cmd.ProcessState.ExitCode()
}
