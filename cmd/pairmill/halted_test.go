package main

import (
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"pairmill/control/api"
	"pairmill/schemas"
)

// TestBudgetOfACluster: a run whose budget of bytes is used up is paused at the end of its shards, says so, and goes on with a
// larger one.
func TestBudgetOfACluster(t *testing.T) {
	t.Parallel()
	f, site := startFleet(t, ""), servePictures(t)
	site.mu.Lock()
	site.slow = 20 * time.Millisecond
	site.mu.Unlock()
	text := strings.Replace(pictureSpec(site.list(t, 160)), "{format: webdataset}", "{format: none}", 1)
	spec := write(t, "spec.yaml", text)
	f.ask(t, exitUsage, "submit", spec, "--max-bytes", "-1")
	out, _ := f.ask(t, exitDone, "submit", spec, "--max-bytes", "20000", "--max-seconds", "3600", "--anomaly", "0.9")
	run := strings.TrimSpace(out)
	if _, stderr := f.ask(t, exitDone, "submit", spec, "--max-bytes", "5"); !strings.Contains(stderr, "its limits stay as they are") {
		t.Errorf("submitted again: %s", stderr)
	}
	out, stderr := f.ask(t, exitHalted, "status", run, "--watch", "--every", "100ms")
	if !strings.Contains(out, "paused (budget)") || !strings.Contains(out, " of 20,000 bytes received, ") || !strings.Contains(out, " of 1h gone on, anomaly 0.9") ||
		!strings.Contains(stderr, "max_bytes is 20000") || !strings.Contains(stderr, "pairmill resume "+run+" --max-bytes N") {
		t.Errorf("used up:\n%s%s", out, stderr)
	}
	if out, _ := f.ask(t, exitDone, "runs"); !strings.Contains(out, run+"  paused (budget)") {
		t.Errorf("runs:\n%s", out)
	}
	got := f.status(t, run)
	if got.Halt != schemas.HaltBudget || got.Received < 20000 || got.Rows.In >= 160 || got.MaxBytes != 20000 || got.RanSeconds <= 0 {
		t.Errorf("%+v", got.Run)
	}
	if _, stderr := f.ask(t, exitError, "resume", run); !strings.Contains(stderr, "cannot go on: the budget is used up") {
		t.Errorf("resumed as it is: %s", stderr)
	}
	f.ask(t, exitUsage, "resume", run, "--max-seconds", "-1")
	f.ask(t, exitDone, "resume", run, "--max-bytes", "0")
	f.ask(t, exitDone, "status", run, "--watch", "--every", "100ms")
	if got := f.status(t, run); got.Rows.In != 160 || got.MaxBytes != 0 || got.MaxSeconds != 3600 {
		t.Errorf("in the end: %+v", got.Run)
	}
	f.ask(t, exitDone, "schedule", "add", spec, "--cron", "@monthly", "--max-seconds", "60", "--anomaly", "0.7")
	if out, _ := f.ask(t, exitDone, "schedule", "list", "--json"); !strings.Contains(out, `"max_seconds":60,"anomaly":0.7`) {
		t.Errorf("the schedule: %s", out)
	}
	if out, stderr, code := command(t.Context(), "verify", f.dir); code != exitDone {
		t.Errorf("verify: exit %d\n%s%s", code, out, stderr)
	}
}

func (f fleet) status(t *testing.T, run string) (s api.Status) {
	t.Helper()
	out, _ := f.ask(t, exitDone, "status", run, "--json")
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestAnomalyOfACluster: nobody answers on any of many domains. The run is paused with the evidence before its list is burnt, and
// goes on when that is wanted.
func TestAnomalyOfACluster(t *testing.T) {
	t.Parallel()
	f := startFleet(t, "")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	const rows = 1200
	var list strings.Builder
	for i := range rows {
		fmt.Fprintf(&list, "http://www.d%d.test:%d/%d.png\n", i%600, nobody, i)
	}
	text := strings.NewReplacer("{format: webdataset}", "{format: none}", "part_rows: 5", `part_rows: 600, hosts: {"*.test": 127.0.0.1}`).Replace(pictureSpec(write(t, "list.txt", list.String())))
	out, _ := f.ask(t, exitDone, "submit", write(t, "spec.yaml", text), "--id", "burning")
	run := strings.TrimSpace(out)
	out, stderr := f.ask(t, exitHalted, "status", run, "--watch", "--every", "100ms")
	for _, word := range []string{"paused (anomaly)", "of the last 500 rows on ", "that halts a run (--anomaly); seen by 1 of 1 workers that fetch", fmt.Sprintf(".test:%d/", nobody)} {
		if !strings.Contains(out, word) {
			t.Errorf("status has no %q:\n%s", word, out)
		}
	}
	if !strings.Contains(stderr, "mend it, then: pairmill resume "+run) {
		t.Errorf("%s", stderr)
	}
	got := f.status(t, run)
	if got.Halt != schemas.HaltAnomaly || got.Evidence == nil || len(got.Evidence.Examples) != 5 || got.Evidence.Rows < 400 || got.Rows.In != 0 {
		t.Errorf("%+v, evidence %+v", got.Run, got.Evidence)
	}
	if out, _ := f.ask(t, exitDone, "logs", run); !strings.Contains(out, "halt=anomaly") || !strings.Contains(out, "one reason takes over among the rows of this worker") {
		t.Errorf("logs:\n%s", out)
	}
	f.ask(t, exitDone, "resume", run, "--anomaly", "1")
	f.ask(t, exitDone, "status", run, "--watch", "--every", "100ms")
	if got := f.status(t, run); got.Rows.Dropped != rows || got.Evidence != nil || got.Anomaly != 1 {
		t.Errorf("in the end: %+v", got.Run)
	}
}
