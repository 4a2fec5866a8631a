package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"pairmill/cluster"
	"pairmill/schemas"
)

func jobOf(run, name string) schemas.Job {
	j := testJob(name)
	j.Run = run
	return j
}

func push(t *testing.T, q *Queue, jobs ...schemas.Job) {
	t.Helper()
	if err := q.Push(t.Context(), jobs...); err != nil {
		t.Fatal(err)
	}
}

func pull(t *testing.T, q *Queue) cluster.Delivery {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	d, err := q.Pull(ctx, schemas.StageFetch)
	if err != nil {
		t.Fatalf("Pull: %v", err)
	}
	return d
}

// TestOldConsumer: the one consumer that earlier versions had makes room for those of the runs, and loses no job.
func TestOldConsumer(t *testing.T) {
	t.Parallel()
	s := startServer(t, ServerConfig{})
	q := openQueue(t, s.Conn())
	push(t, q, jobOf("r1", "a"), jobOf(oldConsumer, "b"))
	for _, run := range []string{"r1", oldConsumer} {
		if err := q.js.DeleteConsumer(t.Context(), streamOf(schemas.StageFetch), run); err != nil {
			t.Fatal(err)
		}
	}
	_, err := q.js.CreateConsumer(t.Context(), streamOf(schemas.StageFetch), jetstream.ConsumerConfig{
		Durable: oldConsumer, AckPolicy: jetstream.AckExplicitPolicy, AckWait: lease, MaxDeliver: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}

	q = openQueue(t, s.Conn())
	got := map[schemas.Job]bool{pull(t, q).Job(): true, pull(t, q).Job(): true}
	if !got[jobOf("r1", "a")] || !got[jobOf(oldConsumer, "b")] {
		t.Fatalf("delivered %v", got)
	}
}

// TestSharesSurviveRestart: unless nats has lost its disk, nobody needs to steer again.
func TestSharesSurviveRestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, ServerConfig{Dir: dir})
	q := openQueue(t, s.Conn())
	if err := q.Steer(t.Context(), "r1", cluster.Share{Weight: 7, Paused: true}); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(q.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	q = openQueue(t, startServer(t, ServerConfig{Dir: dir}).Conn())
	if k, ok := q.runs.get("r1"); !ok || k.share != (cluster.Share{Weight: 7, Paused: true}) {
		t.Errorf("after the restart: %+v, %v", k, ok)
	}
}

// TestSurplusGoesBack: of jobs that arrive for several runs while one Pull waits, the others are handed back at once, and
// that is no attempt.
func TestSurplusGoesBack(t *testing.T) {
	t.Parallel()
	s := startServer(t, ServerConfig{})
	q, other := openQueue(t, s.Conn()), openQueue(t, s.Conn())
	for round := range 30 {
		if surplus(t, q, other, fmt.Sprint(round)) > 0 {
			return
		}
	}
	t.Error("no job was handed back: the test has missed its case")
}

// surplus queues jobs of many runs at once while one Pull waits, and counts those that were handed back.
func surplus(t *testing.T, q, other *Queue, name string) (again int) {
	const n = 24 // a batch, which the server stores as one
	var jobs []schemas.Job
	for i := range n {
		jobs = append(jobs, jobOf(fmt.Sprintf("r%02d", i), name))
	}
	got := make(chan cluster.Delivery, 1)
	go func() {
		d, _ := q.Pull(t.Context(), schemas.StageFetch)
		got <- d
	}()
	time.Sleep(100 * time.Millisecond) // the Pull's requests wait at the server by now, once the runs are known
	start := time.Now()
	push(t, other, jobs...)
	deliveries := []cluster.Delivery{<-got}
	for range n - 1 {
		deliveries = append(deliveries, pull(t, other))
	}
	if took := time.Since(start); name != "0" && took > lease*3/4 {
		t.Errorf("the last of %d jobs came after %v: it lay with a process that did not want it", n, took)
	}
	for _, d := range deliveries {
		if d == nil || d.Attempt() != 1 || d.Job().Name != name {
			t.Fatalf("delivered %+v", d)
		}
		if d.(*delivery).delivered > 1 {
			again++
		}
		if err := d.Ack(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return again
}

// TestForgottenWhole: the server comes back without its folder, while processes pull.
func TestForgottenWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, ServerConfig{Dir: dir, Listen: "127.0.0.1:0"})
	url := s.URL()
	q, other := openQueue(t, Connect(url)), openQueue(t, Connect(url))
	if err := q.Steer(t.Context(), "r1", cluster.Share{Weight: 5}); err != nil {
		t.Fatal(err)
	}
	push(t, q, jobOf("r1", "a"))
	pull(t, q)
	got := make(chan cluster.Delivery, 2)
	for _, q := range []*Queue{q, other} {
		go func() {
			d, err := q.Pull(t.Context(), schemas.StageFetch)
			if err != nil {
				t.Errorf("Pull: %v", err)
			}
			got <- d
		}()
	}
	time.Sleep(100 * time.Millisecond)
	if err := errors.Join(s.Close(), os.RemoveAll(filepath.Join(dir, "jetstream"))); err != nil {
		t.Fatal(err)
	}
	startServer(t, ServerConfig{Dir: dir, Listen: strings.TrimPrefix(url, "nats://")})
	push(t, q, jobOf("r1", "b"), jobOf("r2", "c"))
	found := map[string]bool{}
	for range 2 {
		if d := <-got; d != nil {
			found[d.Job().Name] = true
		}
	}
	if !found["b"] || !found["c"] {
		t.Errorf("delivered %v", found)
	}
	if err := q.Steer(t.Context(), "r1", cluster.Share{Weight: 5}); err != nil { // as a control plane repeats it
		t.Fatal(err)
	}
	eventually(t, "the share is there again", func() bool {
		k, ok := other.runs.get("r1")
		return ok && k.share.Weight == 5
	})
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(40 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within 40 s: %s", what)
		}
	}
}

// TestMendAdopts: messages of a run that nobody made known do not lie there for ever.
func TestMendAdopts(t *testing.T) {
	t.Parallel()
	q := openQueue(t, startServer(t, ServerConfig{}).Conn())
	push(t, q, jobOf("r1", "a"))
	stray := jobOf("stray", "b")
	body, err := cluster.Encode(stray)
	if err != nil {
		t.Fatal(err)
	}
	publish(t, q, workSubject(schemas.StageFetch, "stray", stray.ID()), body)
	publish(t, q, workSubject(schemas.StageEmbed, "other", "x"), []byte("no job"))
	publish(t, q, workSubject(schemas.StageEmbed, "No_Run", "y"), body)
	publish(t, q, workSubject(schemas.StageEmbed, "No_Run", "z"), body)
	if err := q.js.DeleteConsumer(t.Context(), streamOf(schemas.StageCrawl), "r1"); err != nil {
		t.Fatal(err)
	}

	mended, err := q.Mend(t.Context())
	slices.Sort(mended.Adopted)
	if err != nil || !slices.Equal(mended.Adopted, []string{"No_Run", "other", "stray"}) || !slices.Equal(mended.Consumers, []string{"PAIRMILL_CRAWL/r1"}) ||
		len(mended.Streams) > 0 {
		t.Fatalf("mended %+v, %v", mended, err)
	}
	got := map[schemas.Job]bool{pull(t, q).Job(): true, pull(t, q).Job(): true}
	if !got[stray] || !got[jobOf("r1", "a")] {
		t.Fatalf("delivered %v", got)
	}
	if _, err := q.js.Consumer(t.Context(), streamOf(schemas.StageCrawl), "r1"); err != nil {
		t.Errorf("a known run's consumer: %v", err)
	}
	short, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if d, err := q.Pull(short, schemas.StageEmbed); err == nil {
		t.Errorf("delivered %+v", d.Job())
	}
	dead := map[string]string{}
	for l, err := range q.DeadLetters(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		dead[l.Run+"."+l.ID] = l.Reason
	}
	if len(dead) != 3 || !strings.Contains(dead["No_Run.y"], "no name of a run") || dead["No_Run.z"] == "" || dead["other.x"] == "" {
		t.Errorf("dead letters %v", dead)
	}
	if again, err := q.Mend(t.Context()); !again.Nothing() || err != nil {
		t.Errorf("a second look mended %+v, %v", again, err)
	}
	if err := q.js.DeleteStream(t.Context(), streamOf(schemas.StageEmbed)); err != nil {
		t.Fatal(err)
	}
	again, err := q.Mend(t.Context())
	if err != nil || !slices.Equal(again.Streams, []string{"PAIRMILL_EMBED"}) || !slices.Equal(again.Consumers, []string{"PAIRMILL_EMBED/other", "PAIRMILL_EMBED/r1", "PAIRMILL_EMBED/stray"}) {
		t.Errorf("after the loss of a stream: %+v, %v", again, err)
	}
}

// TestTooManyRuns: a server takes so many consumers for a stream. Runs that have been idle for long make room; without
// them the error says what to do.
func TestTooManyRuns(t *testing.T) {
	t.Parallel()
	s := startServerWith(t, func(o *server.Options) { o.JetStreamLimits.DefaultMaxConsumers = 3 })
	q := openQueue(t, s.Conn())
	push(t, q, jobOf("r1", "a"), jobOf("r2", "a"), jobOf("r3", "a"))
	err := q.Push(t.Context(), jobOf("r4", "a"))
	if err == nil || !strings.Contains(err.Error(), "3 consumers") || !strings.Contains(err.Error(), "default_max_consumers") ||
		!strings.Contains(err.Error(), "r4") {
		t.Fatalf("Push of a run too many: %v", err)
	}
	if err := q.Drop(t.Context(), "r2"); err != nil {
		t.Fatal(err)
	}
	push(t, q, jobOf("r4", "a"))

	q.idleRun = 0 // those that have nothing queued have been idle for long
	if d := pull(t, q); d.Job() != jobOf("r1", "a") || d.Ack(t.Context()) != nil {
		t.Fatalf("delivered %+v", d.Job())
	}
	push(t, q, jobOf("r5", "a"))
	if _, ok := q.runs.get("r1"); ok {
		t.Error("the idle run is known still")
	}
	for _, want := range []string{"r3", "r4", "r5"} {
		if d := pull(t, q); d.Job() != jobOf(want, "a") {
			t.Errorf("delivered %+v, want that of run %s", d.Job(), want)
		}
	}
}

// startServerWith starts a server with other options.
func startServerWith(t *testing.T, set func(*server.Options)) *Server {
	t.Helper()
	folder, err := openFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	cfg := ServerConfig{Log: slog.New(slog.DiscardHandler)}.withDefaults()
	o, err := options(cfg, folder.path)
	if err != nil {
		t.Fatal(err)
	}
	set(o)
	srv, err := startOptions(t.Context(), cfg, o)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{server: srv, folder: folder}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// TestReadsManyRuns: the server lists so many keys in one answer, and the bucket may hold more.
func TestReadsManyRuns(t *testing.T) {
	t.Parallel()
	s := startServer(t, ServerConfig{})
	q := openQueue(t, s.Conn())
	const n = 1100
	for i := range n {
		value, _ := json.Marshal(cluster.Share{Weight: 1 + i%cluster.MaxWeight})
		if _, err := q.js.PublishAsync(runsKeys+fmt.Sprintf("r%04d", i), value); err != nil {
			t.Fatal(err)
		}
	}
	<-q.js.PublishAsyncComplete()
	eventually(t, "all runs are known by the news", func() bool { return allKnown(q, n) })

	fresh, err := Open(t.Context(), s.Conn(), Config{Worker: true}) // a control plane would make their consumers
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = fresh.Close() }()
	if !allKnown(fresh, n) {
		t.Error("a process that comes later does not know all runs")
	}
}

func allKnown(q *Queue, n int) bool {
	for i := range n {
		if k, ok := q.runs.get(fmt.Sprintf("r%04d", i)); !ok || k.share.Weight != 1+i%cluster.MaxWeight {
			return false
		}
	}
	return true
}

// TestCloseWhileAway: a server that is away keeps nobody.
func TestCloseWhileAway(t *testing.T) {
	t.Parallel()
	s := startServer(t, ServerConfig{Listen: "127.0.0.1:0"})
	q := openQueue(t, Connect(s.URL()))
	push(t, q, jobOf("r1", "a"))
	if err := pull(t, q).Ack(t.Context()); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := q.Pull(t.Context(), schemas.StageFetch)
		ended <- err
	}()
	time.Sleep(100 * time.Millisecond)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 2*pollSlack {
		t.Errorf("Close took %v", took)
	}
	if err := <-ended; !errors.Is(err, cluster.ErrClosed) {
		t.Errorf("Pull: %v", err)
	}
}
