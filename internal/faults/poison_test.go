package faults

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/control/api"
	"pairmill/control/client"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// decide asks for a run to be paused, resumed or cancelled.
func (r *rig) decide(run, what string) {
	r.t.Helper()
	r.ask(what+" "+run, func(ctx context.Context, c *client.Client) error {
		_, err := c.Decide(ctx, run, what, api.Decision{By: "faults"})
		return err
	})
}

// halt pauses a run and waits until nothing of it is in work.
func (r *rig) halt(run string) {
	r.t.Helper()
	r.decide(run, "pause")
	r.wait(run, time.Minute, "has nothing in work", func(s api.Status) bool {
		for _, stage := range s.Stages {
			if stage.Jobs.Working > 0 {
				return false
			}
		}
		return s.State == schemas.RunPaused
	})
}

// TestPoison puts messages that are no jobs among those of a run. Each is taken out at its first delivery, with its reason for
// all to see, and the run's own jobs go on.
func TestPoison(t *testing.T) {
	t.Parallel()
	x := newTrial(t, 50)
	r := newRig(t, rigConfig{Planes: 2, Workers: 3})
	_, nc := r.jetstream()
	x.begin(r, "poisoned")
	job := func(version int, task, name string) string {
		text, err := json.Marshal(schemas.Job{Version: version, Run: "poisoned", Task: schemas.Task(task), Group: "g00000", Name: name})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	poison := []struct{ id, body, reason string }{
		{"not-json", "\x00{", "message is no job"},
		{"newer", job(schemas.Version+1, "fetch", "00001"), fmt.Sprintf("schema version %d: this program reads version %d", schemas.Version+1, schemas.Version)},
		{"unknown-task", job(schemas.Version, "dream", "00001"), `task "dream"`},
		{"elsewhere", job(schemas.Version, "fetch", "00001"), "another than its subject says"},
		{"large", `"` + strings.Repeat("x", 900_000) + `"`, fmt.Sprintf("a job has at most %d", cluster.MaxJob)},
	}
	for _, p := range poison {
		if err := nc.Publish("work.fetch.poisoned."+p.id, []byte(p.body)); err != nil {
			t.Fatal(err)
		}
	}
	if err := nc.Publish("work.embed.nobodys.x", []byte("no job, of a run that nobody has submitted")); err != nil {
		t.Fatal(err)
	}
	oversized(t, strings.TrimPrefix(r.direct[0], "nats://"), "work.fetch.poisoned.enormous", 10<<20)

	s := x.end(r, "poisoned", 5*time.Minute, 0)
	if s.DeadLetters.Total != len(poison) || len(s.DeadLetters.Letters) != len(poison) {
		t.Errorf("status has the dead letters %+v", s.DeadLetters)
	}
	shown := r.must("status", "poisoned", "--server", r.api(0))
	logged := ""
	for _, text := range r.said() {
		logged += text
	}
	for _, p := range poison {
		if !strings.Contains(shown, "fetch "+p.id+", ") || !strings.Contains(shown, p.reason) {
			t.Errorf("status does not show %s with %q:\n%s", p.id, p.reason, shown)
		}
		if n := strings.Count(logged, "job="+p.id+" "); n != 1 {
			t.Errorf("%s was dead-lettered %d times by the logs", p.id, n)
		}
	}
	eventually(t, time.Minute, "a message in the name of a run that nobody knows is taken out", func() bool {
		return r.metric(r.leader(), fmt.Sprintf("pairmill_dead_letters %d", len(poison)+1))
	})
	for _, q := range s.DeadLetters.Letters {
		if q.Stage != schemas.StageFetch || time.Since(q.Time) > 5*time.Minute {
			t.Errorf("dead letter %+v", q)
		}
	}
}

// oversized sends a message that is larger than the server takes, as a client that does not know of its limit.
func oversized(t *testing.T, address, subject string, size int) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(c, "CONNECT {\"verbose\":false}\r\nPUB %s %d\r\n", subject, size); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(c); lines.Scan(); {
		if strings.Contains(lines.Text(), "Maximum Payload Violation") {
			return
		}
	}
	t.Errorf("the server has nothing against a message of %d bytes", size)
}

// TestGivenUp: of a run one job can never be done. It is tried five times and given up, with its last error; the others are
// done, and the run's exit code says that something is missing.
func TestGivenUp(t *testing.T) {
	t.Parallel()
	x := newTrial(t, 50)
	r := newRig(t, rigConfig{Planes: 1, Workers: 2, Concurrency: 1})
	x.begin(r, "whole")
	x.end(r, "whole", 5*time.Minute, 0)
	last := schemas.NewJob("whole", schemas.TaskFetch, "g00000", fmt.Sprintf("%05d", x.count()/partRows-1), "")
	rec, err := ledger.Read(t.Context(), r.store, last)
	if err != nil || len(rec.Of(schemas.RoleTar)) != 1 {
		t.Fatalf("record %+v, %v", rec, err)
	}
	lost := strings.Replace(rec.Of(schemas.RoleTar)[0].Key, "/whole/", "/lacking/", 1) // where the same bytes would come
	x.begin(r, "lacking")
	r.halt("lacking")
	if _, err := r.store.Put(t.Context(), lost, store.Bytes([]byte("somebody else's"))); err != nil {
		t.Fatal(err)
	}
	r.decide("lacking", "resume")
	out, code := r.run("status", "lacking", "--watch", "--every", "1s", "--server", r.api(0))
	if code != 3 || !strings.Contains(out, "given up: 1 jobs") || !strings.Contains(out, "after 5 attempts") || !strings.Contains(out, lost) {
		t.Errorf("exit %d, want 3 and the shard %s after 5 attempts\n%s", code, lost, out)
	}
	counts, err := ledger.Sum(t.Context(), r.store, "lacking")
	if err != nil {
		t.Fatal(err)
	}
	sum := schemas.Summarize("lacking", counts)
	if sum.Balance() != 0 || sum.Candidates != x.ref.summary.Candidates || sum.Quarantined != partRows {
		t.Errorf("the ledger sums up to %+v, off by %d; want %d rows, and %d of them quarantined", sum, sum.Balance(), x.ref.summary.Candidates, partRows)
	}
	if s, _ := r.status("lacking"); s.State != schemas.RunDone || s.Quarantined.Total != 1 {
		t.Errorf("status %+v", s)
	}
}

// TestUnknownVersions: a record that another version of the program wrote stops its run, with the versions in the reason, and
// nothing else.
func TestUnknownVersions(t *testing.T) {
	t.Parallel()
	x := newTrial(t, 50)
	r := newRig(t, rigConfig{Planes: 1, Workers: 2, Concurrency: 1})
	put := func(key, text string) {
		t.Helper()
		if _, err := r.store.Put(t.Context(), key, store.Bytes([]byte(text))); err != nil {
			t.Fatal(err)
		}
	}
	// A commit record: it stands before its job is done.
	x.begin(r, "newer-commit")
	r.halt("newer-commit")
	job := schemas.NewJob("newer-commit", schemas.TaskFetch, "g00000", fmt.Sprintf("%05d", x.count()/partRows-1), "")
	put(store.CommitKey(job), `{"v":2}`)
	r.decide("newer-commit", "resume")
	stopped := func(run string, want ...string) {
		t.Helper()
		began := time.Now()
		s := r.finish(run, 2*time.Minute)
		for _, words := range want {
			if s.State != schemas.RunStopped || !strings.Contains(s.Text, words) {
				t.Errorf("%s is %s: %q, want %q in it", run, s.State, s.Text, words)
			}
		}
		t.Logf("%s stopped after %v: %s", run, since(began), s.Text)
	}
	stopped("newer-commit", "version 2: this program reads version 1", store.CommitKey(job))

	// A spec: somebody's newer program has submitted it.
	r.submit(strings.Replace(listSpec(x.list, "newer-spec"), "version: 1", "version: 1 ", 1), "newer-spec")
	key := store.SpecKey("newer-spec")
	text, err := store.ReadAll(t.Context(), r.store, key, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.store.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	put(key, strings.Replace(string(text), "version: 1 ", "version: 2 ", 1))
	// Who has read it already goes by what it has read: a process that starts has not.
	r.planes[0].kill()
	for _, p := range r.workers {
		p.kill()
		p.start()
	}
	r.planes[0].start()
	r.ready(0)
	stopped("newer-spec", "version")

	x.begin(r, "after")
	x.end(r, "after", 5*time.Minute, 0)
	for _, p := range append(r.planes[:1:1], r.workers...) {
		for _, fell := range p.falls() {
			t.Errorf("%s ended by itself: %s", p.name, fell)
		}
	}
}
