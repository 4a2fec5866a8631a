package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	queue "pairmill/cluster/mem"
	"pairmill/control"
	"pairmill/control/api"
	"pairmill/internal/specfile"
	"pairmill/schemas"
	"pairmill/store/local"
	"pairmill/workers"
)

// fleet is a control plane and a worker in this process, over a store in a folder.
type fleet struct {
	dir, server string
}

func startFleet(t *testing.T, token string) fleet {
	t.Helper()
	f := fleet{dir: t.TempDir()}
	s, err := local.New(f.dir)
	if err != nil {
		t.Fatal(err)
	}
	q, m := queue.New(queue.Config{}), queue.NewMedium()
	join := func() control.Medium {
		p := m.Join()
		t.Cleanup(func() { p.Close() })
		return control.Medium{Queue: q, Locks: p, Calls: p, Presence: p, Timers: p, Journal: p, Memory: p}
	}
	c, err := control.New(control.Config{Store: s, Medium: join(), Listen: "127.0.0.1:0", Token: token, Look: 50 * time.Millisecond, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	w, err := control.NewWorker(control.WorkerConfig{Medium: join(), Grace: -1, MinFree: -1, Deps: workers.Deps{
		Store: s, ReadSpec: specfile.Parse, Files: openFiles(), Dir: t.TempDir(),
	}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 2)
	go func() { ended <- c.Run(ctx) }()
	go func() { ended <- w.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		for range cap(ended) {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		q.Close()
	})
	f.server = "http://" + c.Addr()
	return f
}

// ask runs a command against the fleet and wants an exit code.
func (f fleet) ask(t *testing.T, want int, args ...string) (stdout, stderr string) {
	t.Helper()
	stdout, stderr, code := command(t.Context(), append(args, "--server", f.server)...)
	if code != want {
		t.Fatalf("%q: exit %d, want %d\n%s%s", args, code, want, stdout, stderr)
	}
	return stdout, stderr
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// pictureSpec downloads a list of a picture server.
func pictureSpec(list string) string {
	return fmt.Sprintf(`version: 1
name: pictures
source: {list: {inputs: [%q], format: txt}}
fetch: {allow_private: true, delay: 0s, tries: 1, part_rows: 5}
filter: {min_chars: 0, max_chars: 0, min_words: 0, max_words: 0, drop_control_chars: false, drop_file_names: false, drop_placeholders: false, min_side: 0, max_aspect: 0}
image: {size: 32}
deliver: {format: webdataset}
`, list)
}

// noShards adopts tars that are not there, so that its run stops.
const noShards = `version: 1
name: nothing
source: {shards: {tars: ["none/*.tar"]}}
embed: {model: ""}
deliver: {format: none}
`

// TestClusterCommands is a day of an operator.
func TestClusterCommands(t *testing.T) {
	t.Parallel()
	f, site := startFleet(t, ""), servePictures(t)
	spec := write(t, "spec.yaml", pictureSpec(site.list(t, 40)))

	out, _ := f.ask(t, exitDone, "submit", spec)
	run := strings.TrimSpace(out)
	if _, stderr := f.ask(t, exitDone, "submit", spec); !strings.Contains(stderr, "is run "+run+" already") {
		t.Errorf("again: %s", stderr)
	}
	out, _ = f.ask(t, exitDone, "status", run, "--watch", "--every", "100ms")
	for _, want := range []string{run, "done", "fetch  8 / 8", "40 / 40", "http_gone (gone)", "rows 40, dropped 10, gone 10"} {
		if !strings.Contains(out, want) {
			t.Errorf("status has no %q:\n%s", want, out)
		}
	}
	if got := members(t, filepath.Join(f.dir, "00000.tar")); len(got) != 8 {
		t.Errorf("delivered %q", got)
	}
	var list api.Runs
	out, _ = f.ask(t, exitDone, "runs", "--json")
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list.Runs) != 1 || list.Runs[0].Rows.Dropped != 10 || !strings.Contains(list.Runs[0].By, "@") {
		t.Errorf("runs: %v\n%s", err, out)
	}
	if out, _ = f.ask(t, exitDone, "runs"); !strings.Contains(out, run+"  done") {
		t.Errorf("runs:\n%s", out)
	}
	if out, _ = f.ask(t, exitDone, "logs", run, "g00000_fetch-00003"); !strings.Contains(out, `"job done" rows=5 kept=3`) || strings.Contains(out, "00004") {
		t.Errorf("logs:\n%s", out)
	}
	if out, _ = f.ask(t, exitDone, "workers"); !strings.Contains(out, "leads, "+f.server) || !strings.Contains(out, "all stages × 4") {
		t.Errorf("workers:\n%s", out)
	}
	site.mu.Lock()
	site.gone = false
	site.mu.Unlock()
	if _, stderr := f.ask(t, exitDone, "retry", run, "--class", "gone", "--timeout", "5s"); !strings.Contains(stderr, "10 rows are asked for again, in pass 2") {
		t.Errorf("retry: %s", stderr)
	}
	f.ask(t, exitError, "retry", run, "--class", "ours")
	if out, _ = f.ask(t, exitDone, "status", run, "--watch", "--every", "100ms", "--json"); !strings.Contains(out, `"dropped":0`) {
		t.Errorf("after the retry:\n%s", out)
	}
	if out, stderr, code := command(t.Context(), "verify", f.dir); code != exitDone {
		t.Errorf("verify: exit %d\n%s%s", code, out, stderr)
	}
	f.reconciled(t, run)
	f.cancelled(t, site)
	f.decisions(t)
	f.schedules(t)
}

// reconciled derives what is done, in the cluster and from its store alone.
func (f fleet) reconciled(t *testing.T, run string) {
	t.Helper()
	if out, _ := f.ask(t, exitDone, "reconcile", run); out != run+"  done  nothing is to do\n" {
		t.Errorf("reconcile: %s", out)
	}
	if out, _ := f.ask(t, exitDone, "reconcile", "--all"); out != "no run that is not over\n" {
		t.Errorf("reconcile --all: %s", out)
	}
	for _, args := range [][]string{{"reconcile"}, {"reconcile", run, "--all"}, {"reconcile", "none"}, {"reconcile", f.dir + "/runs/none"}} {
		f.ask(t, exitUsage, args...)
	}
	if out := done(t, "reconcile", filepath.Join(f.dir, "runs", run)); out != run+"  done  nothing is to do\n" {
		t.Errorf("reconcile of the store: %s", out)
	}
}

// decisions pauses, resumes and cancels a run that cannot go on by itself.
func (f fleet) decisions(t *testing.T) {
	t.Helper()
	spec := write(t, "nothing.yaml", noShards)
	out, _ := f.ask(t, exitDone, "submit", spec, "--id", "idle", "--weight", "3", "--json")
	if !strings.Contains(out, `"created":true`) {
		t.Errorf("submit: %s", out)
	}
	if _, stderr := f.ask(t, exitError, "status", "idle", "--watch", "--every", "100ms"); !strings.Contains(stderr, "none/*.tar") || !strings.Contains(stderr, "pairmill resume idle") {
		t.Errorf("a run that stops: %s", stderr)
	}
	f.ask(t, exitError, "pause", "idle")
	f.ask(t, exitDone, "priority", "idle", "7")
	f.ask(t, exitUsage, "priority", "idle", "0")
	f.ask(t, exitDone, "resume", "idle")
	f.ask(t, exitError, "status", "idle", "--watch", "--every", "100ms") // it stops again
	if out, _ := f.ask(t, exitDone, "status", "idle"); !strings.Contains(out, "weight 7") || !strings.Contains(out, "given up: 1 jobs") {
		t.Errorf("status:\n%s", out)
	}
	for _, args := range [][]string{{"pause", "none"}, {"status", "none"}, {"logs", "none"}, {"submit", "none.yaml"}, {"status", "Not-Valid"}} {
		f.ask(t, exitUsage, args...)
	}
}

// schedules adds, lists, steers and removes a schedule.
func (f fleet) schedules(t *testing.T) {
	t.Helper()
	spec := write(t, "weekly.yaml", strings.Replace(noShards, "nothing", "weekly", 1)+"schedule: {cron: \"30 3 * * 1\", zone: Europe/Berlin}\n")
	if out, stderr := f.ask(t, exitDone, "submit", spec); out != "weekly\n" || !strings.Contains(stderr, "30 3 * * 1 (Europe/Berlin), next Mon, ") {
		t.Errorf("submit of a schedule: %s%s", out, stderr)
	}
	f.ask(t, exitDone, "schedule", "add", spec, "--name", "daily", "--cron", "@daily", "--zone", "UTC", "--overlap", "queue")
	if _, stderr := f.ask(t, exitUsage, "schedule", "add", spec, "--cron", "61 * * * *"); !strings.Contains(stderr, "minute") {
		t.Errorf("a bad time: %s", stderr)
	}
	f.ask(t, exitDone, "schedule", "pause", "weekly")
	out, _ := f.ask(t, exitDone, "schedule", "run-now", "weekly")
	run := strings.TrimSpace(out)
	if !strings.HasPrefix(run, "weekly-20") {
		t.Errorf("run-now: %s", out)
	}
	f.ask(t, exitError, "status", run, "--watch", "--every", "100ms")
	out, _ = f.ask(t, exitDone, "schedule", "list")
	if !strings.Contains(out, "paused") || !strings.Contains(out, run+" stopped") || !strings.Contains(out, "daily") {
		t.Errorf("list:\n%s", out)
	}
	f.ask(t, exitDone, "schedule", "resume", "weekly")
	f.ask(t, exitDone, "schedule", "rm", "weekly")
	f.ask(t, exitUsage, "schedule", "pause", "weekly")
	var left api.Schedules
	out, _ = f.ask(t, exitDone, "schedule", "list", "--json")
	if err := json.Unmarshal([]byte(out), &left); err != nil || len(left.Schedules) != 1 || left.Schedules[0].Name != "daily" {
		t.Errorf("left: %s %v", out, err)
	}
}

// cancelled cancels a run whose requests hang: the exit code of whoever watches, and that the run goes on.
func (f fleet) cancelled(t *testing.T, site *pictures) {
	t.Helper()
	hold := make(chan struct{})
	site.setHold(hold)
	text := strings.Replace(pictureSpec(site.list(t, 12)), "{format: webdataset}", "{format: none}", 1)
	out, _ := f.ask(t, exitDone, "submit", write(t, "spec.yaml", text), "--id", "held")
	run := strings.TrimSpace(out)
	deadline := time.Now().Add(20 * time.Second)
	for {
		if out, _ := f.ask(t, exitDone, "status", run); strings.Contains(out, "g00000_fetch-") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("no job was begun")
		}
		time.Sleep(50 * time.Millisecond)
	}
	f.ask(t, exitDone, "cancel", run, "--text", "wrong list")
	if out, stderr := f.ask(t, exitHalted, "status", run, "--watch", "--every", "100ms"); !strings.Contains(out, "wrong list") || !strings.Contains(stderr, "pairmill resume") {
		t.Errorf("%s%s", out, stderr)
	}
	close(hold)
	f.ask(t, exitDone, "resume", run)
	f.ask(t, exitDone, "status", run, "--watch", "--every", "100ms")
}

func TestWhoMayAsk(t *testing.T) {
	t.Setenv("PAIRMILL_TOKEN", "")
	f := startFleet(t, "planted-token")
	if _, stderr := f.ask(t, exitError, "runs"); !strings.Contains(stderr, "PAIRMILL_TOKEN") {
		t.Errorf("without a token: %s", stderr)
	}
	t.Setenv("PAIRMILL_TOKEN", "planted-tokem")
	f.ask(t, exitError, "runs")
	f.ask(t, exitDone, "runs", "--token-file", write(t, "token", "planted-token\n"))
	f.ask(t, exitUsage, "runs", "--token-file", write(t, "token", "\n"))
	t.Setenv("PAIRMILL_TOKEN", "planted-token")
	f.ask(t, exitDone, "runs")

	_, stderr, code := command(t.Context(), "runs", "--server", "http://127.0.0.1:1")
	if code != exitError || !strings.Contains(stderr, "pairmill serve --store") {
		t.Errorf("without a server: exit %d\n%s", code, stderr)
	}
	other := httptest.NewServer(nil)
	defer other.Close()
	if _, stderr, code = command(t.Context(), "runs", "--server", other.URL); code != exitError || !strings.Contains(stderr, "is no control plane") {
		t.Errorf("another server: exit %d\n%s", code, stderr)
	}
	if _, stderr, code = command(t.Context(), "runs", "--server", "ftp://x"); code != exitUsage {
		t.Errorf("no URL: exit %d\n%s", code, stderr)
	}
}

func TestServeRefuses(t *testing.T) {
	t.Setenv("PAIRMILL_TOKEN", "")
	t.Setenv("PAIRMILL_STORE", "")
	dir := t.TempDir()
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"serve"}, exitUsage, "--store"},
		{[]string{"serve", "--store", dir, "--nats-listen", "127.0.0.1:0", "--listen", "0.0.0.0:0"}, exitUsage, "PAIRMILL_TOKEN"},
		{[]string{"serve", "--store", dir, "--nats-listen", "192.0.2.1:4222"}, exitError, "loopback"},
		{[]string{"serve", "--store", dir, "--nats", "nats://u:planted@127.0.0.1:1", "--join-timeout", "0s"}, exitError, "(secret)@127.0.0.1:1"},
		{[]string{"worker", "--store", dir, "--nats", "nats://u:planted@127.0.0.1:1", "--join-timeout", "3s"}, exitError, "trying again"},
		{[]string{"worker", "--store", dir, "--stages", "fetch,dance"}, exitUsage, "dance"},
		{[]string{"worker", "--store", dir, "--concurrency", "0"}, exitUsage, "--concurrency"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		_, stderr, code := command(ctx, c.args...)
		cancel()
		if code != c.code || !strings.Contains(stderr, c.want) || strings.Contains(stderr, "planted") {
			t.Errorf("%q: exit %d, want %d and %q in\n%s", c.args, code, c.code, c.want, stderr)
		}
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ got, want string }{
		{grouped(0), "0"}, {grouped(999), "999"}, {grouped(1000), "1,000"}, {grouped(-1234567), "-1,234,567"}, {grouped(-123), "-123"},
		{outOf(5, 0), "5"}, {outOf(5, 1200), "5 / 1,200"}, {perSecond(0), ""}, {perSecond(1.25), "1.2/s"}, {perSecond(1234.5), "1,235/s"},
		{left(0), ""}, {left(312.4), "5m12s"}, {left(300), "5m"}, {left(7200), "2h"}, {left(7290), "2h2m"}, {left(100_000), "1d3h"}, {left(45), "45s"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
	if !slices.Equal((&workerCmd{Concurrency: 1, Stages: []string{"fetch", "crawl", "fetch"}}).mustStages(t), []schemas.Stage{schemas.StageCrawl, schemas.StageFetch}) {
		t.Error("stages")
	}
}

func (c *workerCmd) mustStages(t *testing.T) []schemas.Stage {
	t.Helper()
	list, err := c.stages()
	if err != nil {
		t.Fatal(err)
	}
	return list
}
