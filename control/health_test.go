package control

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pairmill/cluster"
)

// full is a queue that may be told to store nothing.
type full struct {
	Queue
	is atomic.Bool
}

var errFull = errors.New("its disk may be full")

func (f *full) Check(context.Context) error {
	if f.is.Load() {
		return errFull
	}
	return nil
}

var _ cluster.Checker = (*full)(nil)

// TestQueueThatStoresNothing: a process that could not find out by its own work says so, and is not ready.
func TestQueueThatStoresNothing(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		f := &full{Queue: w.queue}
		w.wrap = f
		h := w.hand(WorkerConfig{})
		time.Sleep(time.Minute)
		if problems := h.health.unready(t.Context()); len(problems) > 0 {
			t.Errorf("at first: %q", problems)
		}
		f.is.Store(true)
		time.Sleep(checkEvery + time.Second)
		if problems := h.health.unready(t.Context()); len(problems) != 1 || !strings.Contains(problems[0], errFull.Error()) {
			t.Errorf("while it stores nothing: %q", problems)
		}
		f.is.Store(false)
		time.Sleep(checkSoon + time.Second)
		if problems := h.health.unready(t.Context()); len(problems) > 0 {
			t.Errorf("afterwards: %q", problems)
		}
	})
}
