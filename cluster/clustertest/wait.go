package clustertest

import (
	"context"
	"errors"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/schemas"
)

// patience is how long the suite waits for what must happen; only a failing test waits as long.
const patience = 20 * time.Second

// wantNone asserts that nothing is delivered for a while.
func wantNone(t *testing.T, q cluster.Queue, while time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), while)
	defer cancel()
	d, err := q.Pull(ctx, schemas.StageFetch)
	if err == nil {
		t.Fatalf("delivered %s, attempt %d, which should not be", d.Job().ID(), d.Attempt())
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Pull: %v", err)
	}
}

// outlast returns when the lease of d has run out on every clock, without pulling.
func outlast(t *testing.T, d cluster.Delivery) {
	t.Helper()
	idle(t, d.Lease()+d.Lease()/4)
}

func idle(t *testing.T, d time.Duration) {
	t.Helper()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	}
}

// wantAbout asserts that something took at least want (less a tenth for the medium's clock) and not absurdly longer.
func wantAbout(t *testing.T, took, want time.Duration) {
	t.Helper()
	if took < want-want/10 || took > want+patience/4 {
		t.Fatalf("took %v, want %v", took, want)
	}
}
