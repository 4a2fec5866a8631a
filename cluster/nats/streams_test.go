package nats

import (
	"slices"
	"strings"
	"testing"

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

func TestMessageUnderAnotherSubject(t *testing.T) {
	t.Parallel()
	q := openQueue(t, startServer(t, ServerConfig{}).Conn())
	body, err := cluster.Encode(testJob("a"))
	if err != nil {
		t.Fatal(err)
	}
	publish(t, q, workSubject(schemas.StageFetch, "r1", "b"), body)
	publish(t, q, workSubject(schemas.StageEmbed, "r1", testJob("a").ID()), body)
	if err := q.Push(t.Context(), testJob("c")); err != nil {
		t.Fatal(err)
	}
	d, err := q.Pull(t.Context(), schemas.StageFetch)
	if err != nil || d.Job() != testJob("c") {
		t.Fatalf("Pull: %+v, %v", d, err)
	}
	for letter, err := range q.DeadLetters(t.Context(), "") {
		if err != nil || letter.ID != "b" || !strings.Contains(letter.Reason, "another than its subject says") {
			t.Fatalf("dead letter %+v, %v", letter, err)
		}
		return
	}
	t.Fatal("no dead letter")
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
