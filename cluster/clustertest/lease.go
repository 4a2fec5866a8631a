package clustertest

import (
	"context"
	"errors"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/schemas"
)

func leaseRunsOut(t *testing.T, h Harness) {
	push(t, h.Queue, job("a"))
	start := time.Now()
	d := pull(t, h.Queue)
	wantDelivery(t, d, "a", 1)
	wantDelivery(t, pull(t, h.Queue), "a", 2)
	wantAbout(t, time.Since(start), d.Lease())
	wantPending(t, h.Queue, 1)
}

func extendKeeps(t *testing.T, h Harness) {
	push(t, h.Queue, job("a"))
	d := pull(t, h.Queue)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	thief := make(chan error, 1)
	go func() {
		_, err := h.Queue.Pull(ctx, schemas.StageFetch)
		thief <- err
	}()
	for range 6 {
		idle(t, d.Lease()/3)
		must(t, "Extend", d.Extend(t.Context()))
	}
	cancel()
	if err := <-thief; !errors.Is(err, context.Canceled) {
		t.Fatalf("Pull beside an extended lease: %v", err)
	}
	must(t, "Ack", d.Ack(t.Context()))
	wantPending(t, h.Queue, 0)
}

func extendLate(t *testing.T, h Harness) {
	push(t, h.Queue, job("a"))
	d := pull(t, h.Queue)
	outlast(t, d)
	if err := d.Extend(t.Context()); !errors.Is(err, cluster.ErrLeaseLost) {
		t.Fatalf("Extend after the lease: %v, want ErrLeaseLost", err)
	}
	wantDelivery(t, pull(t, h.Queue), "a", 2)
}

// lateAck: the work is done, so the job goes, and the second holder is not disturbed.
func lateAck(t *testing.T, h Harness) {
	push(t, h.Queue, job("a"))
	stale := pull(t, h.Queue)
	outlast(t, stale)
	d := pull(t, h.Queue)
	wantDelivery(t, d, "a", 2)
	must(t, "late Ack", stale.Ack(t.Context()))
	must(t, "Ack", d.Ack(t.Context()))
	wantPending(t, h.Queue, 0)

	push(t, h.Queue, job("a"))
	must(t, "Ack of an earlier job of that name", stale.Ack(t.Context()))
	wantDelivery(t, pull(t, h.Queue), "a", 1)
}

func lateOthers(t *testing.T, h Harness) {
	push(t, h.Queue, job("a"))
	stale := pull(t, h.Queue)
	outlast(t, stale)
	d := pull(t, h.Queue)
	must(t, "late Retry", stale.Retry(t.Context(), 0))
	must(t, "late Return", stale.Return(t.Context()))
	must(t, "late Reject", stale.Reject(t.Context(), "too late"))
	wantNone(t, h.Queue, d.Lease()/3)
	wantPending(t, h.Queue, 1)
	if dead := deadLetters(t, h.Queue, ""); len(dead) != 0 {
		t.Fatalf("dead letters %+v of a late Reject", dead)
	}
	must(t, "Ack", d.Ack(t.Context()))
	wantPending(t, h.Queue, 0)
}
