package clustertest

import (
	"strings"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/schemas"
)

func retryDelay(t *testing.T, h Harness) {
	push(t, h.Queue, job("a"), job("b"))
	d := pull(t, h.Queue)
	delay := d.Lease() / 2
	start := time.Now()
	must(t, "Retry", d.Retry(t.Context(), delay))
	b := pull(t, h.Queue) // others pass meanwhile
	wantDelivery(t, b, "b", 1)
	must(t, "Ack", b.Ack(t.Context()))
	d = pull(t, h.Queue)
	wantDelivery(t, d, "a", 2)
	wantAbout(t, time.Since(start), delay)
	must(t, "Retry at once", d.Retry(t.Context(), 0))
	wantDelivery(t, pull(t, h.Queue), "a", 3)
}

func returnUncounted(t *testing.T, h Harness) {
	push(t, h.Queue, job("a"), job("b"))
	for range 3 {
		d := pull(t, h.Queue)
		wantDelivery(t, d, "a", 1) // and again before b
		must(t, "Return", d.Return(t.Context()))
	}
	d := pull(t, h.Queue)
	wantDelivery(t, d, "a", 1)
	must(t, "Retry", d.Retry(t.Context(), 0))
	d = pull(t, h.Queue)
	wantDelivery(t, d, "a", 2)
	must(t, "Return", d.Return(t.Context()))
	d = pull(t, h.Queue)
	wantDelivery(t, d, "a", 2)
	must(t, "Ack", d.Ack(t.Context()))

	push(t, h.Queue, job("a")) // a new job of that name inherits nothing
	wantDelivery(t, pull(t, h.Queue), "b", 1)
	d = pull(t, h.Queue)
	wantDelivery(t, d, "a", 1)
	must(t, "Retry", d.Retry(t.Context(), 0))
	wantDelivery(t, pull(t, h.Queue), "a", 2)
}

func reject(t *testing.T, h Harness) {
	push(t, h.Queue, job("a"))
	must(t, "Retry", pull(t, h.Queue).Retry(t.Context(), 0))
	must(t, "Reject", pull(t, h.Queue).Reject(t.Context(), "part x:\nno such object — \x00"))
	wantPending(t, h.Queue, 0)
	dead := deadLetters(t, h.Queue, "r1")
	if len(dead) != 1 {
		t.Fatalf("%d dead letters, want 1", len(dead))
	}
	d := dead[0]
	got, err := cluster.Decode(d.Body)
	if err != nil || got != job("a") || d.ID != got.ID() || d.Run != "r1" || d.Stage != schemas.StageFetch || d.Attempt != 2 {
		t.Fatalf("dead letter %+v of job %+v, %v", d, got, err)
	}
	if d.Reason != "part x: no such object —" || d.Time.IsZero() {
		t.Fatalf("reason %q at %v", d.Reason, d.Time)
	}
	if other := deadLetters(t, h.Queue, "r2"); len(other) != 0 {
		t.Fatalf("another run has dead letters %+v", other)
	}

	push(t, h.Queue, job("a")) // the name is free again
	again := pull(t, h.Queue)
	wantDelivery(t, again, "a", 1)
	must(t, "Reject", again.Reject(t.Context(), strings.Repeat("y", 5000)))
	if dead = deadLetters(t, h.Queue, "r1"); len(dead) != 1 || len(dead[0].Reason) != cluster.MaxReason {
		t.Fatalf("after a second Reject: %d dead letters", len(dead))
	}
}

// poison: what is no job is dead-lettered at its first delivery, and hinders neither those behind it nor another run.
func poison(t *testing.T, h Harness) {
	bad := []struct{ id, body, want string }{
		{"not-json", "\x00{", "no job"},
		{"empty", "", "no job"},
		{"list", "[]", "no job"},
		{"deep", strings.Repeat("[", 60_000), "no job"},
		{"newer", `{"v":7,"run":"r1"}`, "version 7"},
		{"no-version", `{"run":"r1","task":"fetch","group":"g0","name":"a"}`, "version 0"},
		{"wrong-type", `{"v":1,"run":"r1","task":"fetch","group":"g0","name":"a","generation":"many"}`, "no job"},
		{"unknown-task", `{"v":1,"run":"r1","task":"dream","group":"g0","name":"a"}`, "dream"},
		{"bad-name", `{"v":1,"run":"r1","task":"fetch","group":"g0","name":"a.b"}`, "a.b"},
		{"elsewhere", string(encode(t, job("a"))), "another than its subject says"},
		{"large", `"` + strings.Repeat("x", 900_000) + `"`, "at most"},
	}
	for _, b := range bad {
		h.Inject(t, "r1", schemas.StageFetch, b.id, []byte(b.body))
	}
	other := job("other")
	other.Run = "r2"
	push(t, h.Queue, job("good"), other)
	good := pull(t, h.Queue)
	if good.Job() == other { // its lease must not run out while what is in the way of the other is taken out
		must(t, "Ack", good.Ack(t.Context()))
		good = pull(t, h.Queue)
	} else if second := pull(t, h.Queue); second.Job() != other {
		t.Fatalf("delivered %+v, want the other run's job", second.Job())
	}
	wantDelivery(t, good, "good", 1)
	wantPending(t, h.Queue, 1)
	dead := deadLetters(t, h.Queue, "")
	if len(dead) != len(bad) {
		t.Fatalf("%d dead letters, want %d", len(dead), len(bad))
	}
	for i, d := range dead {
		body := bad[i].body[:min(len(bad[i].body), cluster.MaxJob)]
		if d.ID != bad[i].id || d.Run != "r1" || !strings.Contains(d.Reason, bad[i].want) || d.Attempt != 1 || string(d.Body) != body {
			t.Errorf("dead letter %s, attempt %d, %d bytes, reason %q; want %s and %q", d.ID, d.Attempt, len(d.Body), d.Reason,
				bad[i].id, bad[i].want)
		}
	}
}

func encode(t *testing.T, j schemas.Job) []byte {
	t.Helper()
	b, err := cluster.Encode(j)
	must(t, "Encode", err)
	return b
}

func deadLetters(t *testing.T, q cluster.DeadLetterLister, run string) []cluster.DeadLetter {
	t.Helper()
	var list []cluster.DeadLetter
	for d, err := range q.DeadLetters(t.Context(), run) {
		must(t, "DeadLetters", err)
		list = append(list, d)
	}
	return list
}
