package workers_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"pairmill/schemas"
	"pairmill/store/mem"
	"pairmill/workers"
	"pairmill/workers/workerstest"
)

// stopAfter is a Watcher that ends a process after so many commits.
type stopAfter struct {
	workers.Unwatched
	left atomic.Int64
	stop context.CancelCauseFunc
}

func (s *stopAfter) Committed(schemas.Commit) {
	if s.left.Add(-1) == 0 {
		s.stop(errDead)
	}
}

// The queue is lost again and again; what is in the store is enough.
func TestReconcileAfterLosingTheQueue(t *testing.T) {
	t.Parallel()
	site := workerstest.Site(t)
	whole := mem.New()
	if err := (workerstest.Pipeline{Store: whole, Spec: workerstest.Spec(site, "")}).Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	want, err := resultOf(t.Context(), whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, every := range []int64{1, 3, 10, 25} {
		t.Run(fmt.Sprintf("every %d commits", every), func(t *testing.T) {
			t.Parallel()
			s := mem.New()
			lost := 0
			for {
				err := driveFor(t.Context(), s, workerstest.Spec(site, ""), every)
				if err == nil {
					break
				}
				if !errors.Is(err, errDead) {
					t.Fatal(err)
				}
				lost++
			}
			if lost == 0 {
				t.Error("the queue was never lost")
			}
			got, err := resultOf(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			same(t, got, want)
		})
	}
}

// driveFor drives the run until so many jobs have committed.
func driveFor(ctx context.Context, s *mem.Store, spec []byte, commits int64) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := &stopAfter{stop: cancel}
	w.left.Store(commits)
	return workerstest.Pipeline{Store: s, Spec: spec, Watch: w}.Drive(ctx)
}
