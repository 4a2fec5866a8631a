package workers_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pairmill/schemas"
	"pairmill/workers"
)

// TestIntake shuts the gate while the worker waits, lets a job come, and opens it later.
func TestIntake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.handle = ends(nil)
		b.cfg.Intake = &workers.Gate{}
		w := workers.New(b.queue, b.store, b.handlers(), benchWatcher{bench: b}, b.cfg)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		synctest.Wait() // the worker waits for a job
		b.cfg.Intake.Shut("disk: 3 % free")
		time.Sleep(time.Second)
		if err := b.queue.Push(t.Context(), work); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if why := b.cfg.Intake.Why(); why != "disk: 3 % free" {
			t.Errorf("shut because of %q", why)
		}
		b.cfg.Intake.Open()
		synctest.Wait()
		b.cfg.Intake.Shut("again")
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if !slices.Equal(b.starts, seconds(61)) {
			t.Errorf("began at %v, want once, when intake was opened", b.starts)
		}
		if !slices.Equal(b.ops, []string{"push fetch", "ack fetch"}) {
			t.Errorf("queue saw %q", b.ops)
		}
	})
}

// TestStopRun stops the jobs of one run: they are handed back uncounted, others go on, and the worker takes what comes next.
func TestStopRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		other := schemas.NewJob("other", schemas.TaskFetch, "g00000", "00000", "")
		cut := 0
		b.handle = func(ctx context.Context, n int) ([]schemas.Job, error) {
			select {
			case <-time.After(5 * time.Second):
				return nil, nil
			case <-ctx.Done():
				cut++
				return nil, errors.New("cut short")
			}
		}
		b.cfg.Concurrency = 2
		w := workers.New(b.queue, b.store, b.handlers(), benchWatcher{bench: b}, b.cfg)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		if err := b.queue.Push(t.Context(), work, other); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if n := w.StopRun("nobody"); n != 0 {
			t.Errorf("stopped %d jobs of a run that has none", n)
		}
		if n := w.StopRun(work.Run); n != 1 {
			t.Errorf("stopped %d jobs, want 1", n)
		}
		time.Sleep(time.Minute)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		want := []string{"push fetch", "push fetch", "return fetch", "ack fetch", "ack fetch"}
		if cut != 1 || !slices.Equal(b.ops, want) || !slices.Equal(b.attempts, []int{1, 1, 1}) {
			t.Errorf("%d jobs cut; queue saw %q, attempts %v; want %q and no attempt counted", cut, b.ops, b.attempts, want)
		}
	})
}

// TestWeb shuts the gate of the jobs that ask the web: those in work are handed back uncounted, other stages go on, and a job that
// was pulled at the same moment is not begun.
func TestWeb(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.cfg.Stages = []schemas.Stage{schemas.StageFetch, schemas.StageDedup}
		b.cfg.Web = &workers.Gate{}
		b.handle = func(ctx context.Context, n int) ([]schemas.Job, error) {
			select {
			case <-time.After(5 * time.Second):
				return nil, nil
			case <-ctx.Done():
				return nil, errors.New("cut short")
			}
		}
		handlers := b.handlers()
		handlers[schemas.TaskDedup] = b
		w := workers.New(b.queue, b.store, handlers, benchWatcher{bench: b}, b.cfg)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.Run(ctx) }()
		if err := b.queue.Push(t.Context(), work); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		b.cfg.Web.Shut("anomaly")
		if n := w.StopWeb(); n != 1 {
			t.Errorf("stopped %d jobs", n)
		}
		synctest.Wait()
		if err := b.queue.Push(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		b.mu.Lock()
		if !slices.Equal(b.ops, []string{"push fetch", "return fetch", "push dedup", "ack dedup"}) {
			t.Errorf("while it was shut the queue saw %q", b.ops)
		}
		b.mu.Unlock()
		b.cfg.Web.Open()
		time.Sleep(time.Minute)
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if !slices.Equal(b.attempts, []int{1, 1, 1}) || b.ops[len(b.ops)-1] != "ack fetch" {
			t.Errorf("attempts %v, the queue saw %q", b.attempts, b.ops)
		}
	})
}
