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
	for _, c := range []struct {
		every        int64
		group, ahead int
	}{{1, 0, 0}, {3, 0, 0}, {10, 0, 0}, {25, 0, 0}, {1, 2, 2}, {4, 1, 3}} {
		t.Run(fmt.Sprintf("every %d commits, groups of %d, %d ahead", c.every, c.group, c.ahead), func(t *testing.T) {
			t.Parallel()
			whole := mem.New()
			p := workerstest.Pipeline{Store: whole, Spec: workerstest.Spec(site, ""), Group: c.group, Ahead: c.ahead}
			if err := p.Drive(t.Context()); err != nil {
				t.Fatal(err)
			}
			want, err := resultOf(t.Context(), whole)
			if err != nil {
				t.Fatal(err)
			}
			p.Store = mem.New()
			lost := 0
			for {
				err := driveFor(t.Context(), p, c.every)
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
			got, err := resultOf(t.Context(), p.Store)
			if err != nil {
				t.Fatal(err)
			}
			same(t, got, want)
		})
	}
}

// driveFor drives the run until so many jobs have committed.
func driveFor(ctx context.Context, p workerstest.Pipeline, commits int64) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := &stopAfter{stop: cancel}
	w.left.Store(commits)
	p.Watch = w
	return p.Drive(ctx)
}
