package workers

import (
	"context"
	"errors"
	"testing"
	"time"
)

func TestStall(t *testing.T) {
	t.Parallel()
	var s stall
	now := time.Now()
	if s.over(now) {
		t.Error("a clock that nobody looks at has stood still")
	}
	for _, step := range []struct {
		after time.Duration
		gap   time.Duration
	}{
		{0, 0}, {time.Second, 0}, {3 * time.Second, 0}, {5900 * time.Millisecond, 0}, {6 * time.Second, 5 * time.Second}, {time.Second, 0}, {time.Minute, 59 * time.Second},
	} {
		now = now.Add(step.after)
		if got, want := s.over(now), step.gap > 0; got != want {
			t.Errorf("%v after the last look: over %v", step.after, got)
		}
		if got := s.look(now); got != step.gap {
			t.Errorf("%v after the last look: a gap of %v, want %v", step.after, got, step.gap)
		}
	}
}

// TestRanThrough: what a job finds is not committed when the process stood still meanwhile, whether that was noticed or not.
func TestRanThrough(t *testing.T) {
	t.Parallel()
	s := &stall{last: time.Now()}
	ctx, cancel := context.WithCancelCause(context.WithValue(t.Context(), stallKey{}, s))
	if err := ranThrough(ctx); err != nil {
		t.Errorf("of a process that runs: %v", err)
	}
	s.last = time.Now().Add(-time.Minute)
	if err := ranThrough(ctx); !errors.Is(err, errStalled) {
		t.Errorf("of one that stood still: %v", err)
	}
	s.look(time.Now())
	cancel(errStalled)
	if err := ranThrough(ctx); !errors.Is(err, errStalled) {
		t.Errorf("of one whose jobs were stopped: %v", err)
	}
}
