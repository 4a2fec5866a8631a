package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pairmill/control/api"
	"pairmill/schemas"
	"pairmill/store"
)

// TestReconcileAStore: without a cluster it says what the next start would queue, and changes nothing.
func TestReconcileAStore(t *testing.T) {
	t.Parallel()
	site := servePictures(t)
	dir, spec := t.TempDir(), write(t, "spec.yaml", pictureSpec(site.list(t, 20)))
	done(t, "run", spec, "--store", dir, "--id", "once")
	commits, err := filepath.Glob(filepath.Join(dir, "runs", "once", "commits", "fetch", "*", "*.json"))
	if err != nil || len(commits) != 4 {
		t.Fatalf("commit records %q, %v", commits, err)
	}
	finish := filepath.Join(dir, store.CommitKey(schemas.NewJob("once", schemas.TaskFinish, schemas.GroupAll, schemas.GroupAll, "")))
	for _, key := range []string{commits[1], commits[2], finish} { // as if a process had died before
		if err := os.Remove(key); err != nil {
			t.Fatal(err)
		}
	}
	if out := done(t, "reconcile", dir); !strings.HasPrefix(out, "once  running  ") || !strings.Contains(out, "fetch 2") || !strings.Contains(out, "`pairmill run` queues them") {
		t.Errorf("said %s", out)
	}
	var got api.Reconciled
	if err := json.Unmarshal([]byte(done(t, "reconcile", dir, "--json")), &got); err != nil || len(got.Runs) != 1 || len(got.Runs[0].Open) == 0 || got.Runs[0].Open[0].Jobs != 2 {
		t.Errorf("said %+v, %v", got, err)
	}
	done(t, "run", spec, "--store", dir, "--id", "once")
	if out := done(t, "reconcile", dir); out != "once  done  nothing is to do\n" {
		t.Errorf("after another run: %s", out)
	}
}

func TestFound(t *testing.T) {
	t.Parallel()
	open := []api.Open{{Stage: "fetch", Jobs: 8, Again: 3}, {Stage: "embed", Jobs: 2}}
	for _, c := range []struct {
		d     api.Derived
		alone bool
		want  string
	}{
		{api.Derived{State: "running", Open: open}, false, "10 jobs to do: fetch 8, embed 2; 3 were missing and are queued again: fetch 3"},
		{api.Derived{State: "paused", Open: open[1:]}, false, "2 jobs to do: embed 2; the queue holds them all"},
		{api.Derived{State: "running", Open: open[1:]}, true, "2 jobs to do: embed 2; `pairmill run` queues them at its start"},
		{api.Derived{State: "running"}, false, "nothing can be done now"},
		{api.Derived{State: "running", After: "first"}, false, "waits for first"},
		{api.Derived{State: "cancelled"}, false, "nothing is to do"},
		{api.Derived{State: "running", Error: "no such\nbucket"}, false, "error: no such …"},
	} {
		if got := found(c.d, c.alone); got != c.want {
			t.Errorf("%+v: %q, want %q", c.d, got, c.want)
		}
	}
}
