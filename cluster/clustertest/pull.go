package clustertest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/schemas"
)

func pullBlocks(t *testing.T, h Harness) {
	got := make(chan cluster.Delivery, 1)
	go func() {
		d, err := h.Queue.Pull(t.Context(), schemas.StageFetch)
		if err != nil {
			t.Errorf("Pull: %v", err)
		}
		got <- d
	}()
	idle(t, 50*time.Millisecond)
	push(t, h.Queue, job("a"))
	d := <-got
	if d == nil {
		t.FailNow()
	}
	wantDelivery(t, d, "a", 1)

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.Queue.Pull(ended, schemas.StageFetch); !errors.Is(err, context.Canceled) {
		t.Fatalf("Pull with an ended context: %v", err)
	}
}

// cancelLosesNothing: a job that meets a Pull which is being cancelled is not gone until its lease ends.
func cancelLosesNothing(t *testing.T, h Harness) {
	for i := range 20 {
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan cluster.Delivery, 1)
		go func() {
			d, _ := h.Queue.Pull(ctx, schemas.StageFetch)
			got <- d
		}()
		if i%2 == 0 {
			idle(t, 2*time.Millisecond)
		}
		go cancel()
		push(t, h.Queue, job(fmt.Sprint(i)))
		d := <-got
		start := time.Now()
		if d == nil {
			d = pull(t, h.Queue)
		}
		if took := time.Since(start); took > d.Lease()*2/3 {
			t.Fatalf("round %d: delivered only after %v", i, took)
		}
		if d.Job() != job(fmt.Sprint(i)) { // whether an attempt was counted is the medium's business
			t.Fatalf("round %d: delivered %+v", i, d.Job())
		}
		must(t, "Ack", d.Ack(t.Context()))
	}
}

func stagesApart(t *testing.T, h Harness) {
	embed := job("a")
	embed.Task = schemas.TaskEmbed
	push(t, h.Queue, embed, job("b"), job("a"))
	wantDelivery(t, pull(t, h.Queue), "b", 1)
	wantDelivery(t, pull(t, h.Queue), "a", 1)
	d, err := h.Queue.Pull(t.Context(), schemas.StageEmbed)
	if err != nil || d.Job() != embed {
		t.Fatalf("Pull of another stage: %+v, %v", d, err)
	}
	wantNone(t, h.Queue, d.Lease()/4)
}

func pending(t *testing.T, h Harness) {
	other := job("a")
	other.Run = "r2"
	push(t, h.Queue, job("a"), job("b"), job("c"), other)
	wantPending(t, h.Queue, 3)
	pull(t, h.Queue) // in work counts
	if d := pull(t, h.Queue); d.Job() != other {
		t.Fatalf("delivered %+v, want the other run's job in its turn", d.Job())
	}
	wantPending(t, h.Queue, 3)
	must(t, "Ack", pull(t, h.Queue).Ack(t.Context()))
	wantPending(t, h.Queue, 2)
	must(t, "Retry", pull(t, h.Queue).Retry(t.Context(), time.Hour)) // delayed counts
	wantPending(t, h.Queue, 2)
	if n, err := h.Queue.Pending(t.Context(), "r3", schemas.StageFetch); err != nil || n != 0 {
		t.Fatalf("Pending of an unknown run = %d, %v", n, err)
	}
	if n, err := h.Queue.Pending(t.Context(), "r1", schemas.StageEmbed); err != nil || n != 0 {
		t.Fatalf("Pending of an empty stage = %d, %v", n, err)
	}
}

func closeEnds(t *testing.T, h Harness) {
	push(t, h.Queue, job("a"))
	d := pull(t, h.Queue)
	ended := make(chan error, 3)
	for range cap(ended) {
		go func() {
			_, err := h.Queue.Pull(t.Context(), schemas.StageEmbed)
			ended <- err
		}()
	}
	idle(t, 20*time.Millisecond)
	must(t, "Close", h.Queue.Close())
	for range cap(ended) {
		if err := <-ended; !errors.Is(err, cluster.ErrClosed) {
			t.Errorf("Pull when closed: %v", err)
		}
	}
	must(t, "second Close", h.Queue.Close())
	_, pullErr := h.Queue.Pull(t.Context(), schemas.StageFetch)
	_, pendingErr := h.Queue.Pending(t.Context(), "r1", schemas.StageFetch)
	for what, err := range map[string]error{
		"Pull": pullErr, "Pending": pendingErr, "Push": h.Queue.Push(t.Context(), job("b")), "Ack": d.Ack(t.Context()),
	} {
		if !errors.Is(err, cluster.ErrClosed) {
			t.Errorf("%s after Close: %v, want ErrClosed", what, err)
		}
	}
}
