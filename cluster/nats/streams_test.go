package nats

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"pairmill/cluster"
	"pairmill/schemas"
)

func testJob(name string) schemas.Job {
	return schemas.Job{Version: schemas.Version, Run: "r1", Task: schemas.TaskFetch, Group: "g0", Name: name}
}

// TestStreamsExplainThemselves: whoever looks with the plain nats tool sees what is what.
func TestStreamsExplainThemselves(t *testing.T) {
	t.Parallel()
	q := openQueue(t, startServer(t, ServerConfig{}).Conn())
	var names []string
	streams := q.js.ListStreams(t.Context())
	for info := range streams.Info() {
		names = append(names, info.Config.Name)
		if !strings.Contains(info.Config.Description, "pairmill") {
			t.Errorf("stream %s is described as %q", info.Config.Name, info.Config.Description)
		}
	}
	if err := streams.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	want := []string{"KV_pairmill-returns", "KV_pairmill-runs", "PAIRMILL_CRAWL", "PAIRMILL_CURATE", "PAIRMILL_DEAD", "PAIRMILL_DEDUP",
		"PAIRMILL_EMBED", "PAIRMILL_FETCH", "PAIRMILL_PLAN", "PAIRMILL_PUBLISH"}
	if !slices.Equal(names, want) {
		t.Errorf("streams %v, want %v", names, want)
	}
}

// TestMessageUnderAnotherSubject: a job counts only where its name says, whatever of the name differs.
func TestMessageUnderAnotherSubject(t *testing.T) {
	t.Parallel()
	q := openQueue(t, startServer(t, ServerConfig{}).Conn())
	push(t, q, testJob("c"), jobOf("r2", "c")) // both runs are known
	body, err := cluster.Encode(testJob("a"))
	if err != nil {
		t.Fatal(err)
	}
	id := testJob("a").ID()
	publish(t, q, workSubject(schemas.StageFetch, "r1", "b"), body)
	publish(t, q, workSubject(schemas.StageFetch, "r2", id), body)
	publish(t, q, workSubject(schemas.StageEmbed, "r1", id), body)
	for range 2 {
		if d := pull(t, q); d.Job().Name != "c" {
			t.Fatalf("Pull: %+v", d.Job())
		}
	}
	for _, stage := range []schemas.Stage{schemas.StageFetch, schemas.StageEmbed} {
		short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		if d, err := q.Pull(short, stage); err == nil {
			t.Errorf("delivered %+v", d.Job())
		}
		cancel()
	}
	got := map[string]bool{}
	for letter, err := range q.DeadLetters(t.Context(), "") {
		if err != nil || !strings.Contains(letter.Reason, "another than its subject says") {
			t.Fatalf("dead letter %+v, %v", letter, err)
		}
		got[string(letter.Stage)+" "+letter.Run+" "+letter.ID] = true
	}
	if len(got) != 3 || !got["fetch r1 b"] || !got["fetch r2 "+id] || !got["embed r1 "+id] {
		t.Errorf("dead letters %v", got)
	}
}

// TestEnormousMessage: a server that takes larger messages than usual may hold one of many megabytes. Of it a job's length
// is kept.
func TestEnormousMessage(t *testing.T) {
	t.Parallel()
	s := startServerWith(t, func(o *server.Options) { o.MaxPayload = 8 << 20 })
	q := openQueue(t, s.Conn())
	push(t, q, testJob("a"))
	body := bytes.Repeat([]byte("x"), 7<<20)
	publish(t, q, workSubject(schemas.StageFetch, "r1", "enormous"), body)
	push(t, q, testJob("b"))
	for _, want := range []string{"a", "b"} {
		if d := pull(t, q); d.Job() != testJob(want) || d.Attempt() != 1 {
			t.Fatalf("delivered %+v", d.Job())
		}
	}
	for letter, err := range q.DeadLetters(t.Context(), "r1") {
		if err != nil || letter.ID != "enormous" || len(letter.Body) != cluster.MaxJob || letter.Attempt != 1 ||
			!strings.Contains(letter.Reason, "7340032 bytes") {
			t.Errorf("dead letter %s of %d bytes, %q, %v", letter.ID, len(letter.Body), letter.Reason, err)
		}
		return
	}
	t.Error("no dead letter")
}

// TestDeletedStreams: a server that lost its disk is set up again; what it held is gone, and derived from the store.
func TestDeletedStreams(t *testing.T) {
	t.Parallel()
	q := openQueue(t, startServer(t, ServerConfig{}).Conn())
	if err := q.Push(t.Context(), testJob("a")); err != nil {
		t.Fatal(err)
	}
	for _, s := range schemas.Stages() {
		if err := q.js.DeleteStream(t.Context(), streamOf(s)); err != nil {
			t.Fatal(err)
		}
	}
	pulled := make(chan schemas.Job, 1)
	go func() {
		d, err := q.Pull(t.Context(), schemas.StageFetch)
		if err != nil {
			t.Errorf("Pull: %v", err)
			pulled <- schemas.Job{}
			return
		}
		pulled <- d.Job()
	}()
	if err := q.Push(t.Context(), testJob("b"), testJob("c")); err != nil {
		t.Fatal(err)
	}
	if got := <-pulled; got != testJob("b") {
		t.Fatalf("pulled %+v", got)
	}
}
