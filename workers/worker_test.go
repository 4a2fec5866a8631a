package workers_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pairmill/cluster"
	queue "pairmill/cluster/mem"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/mem"
	"pairmill/workers"
)

// bench is a worker on fake time: its queue tells what was settled how, and its handler is the test's.
type bench struct {
	store *mem.Store
	queue *queue.Queue
	cfg   workers.Config
	fail  func(queue.Op, schemas.Job) error // what the queue refuses

	handle func(ctx context.Context, attempt int) ([]schemas.Job, error)
	spare  []schemas.Job // what GiveUp returns

	mu       sync.Mutex
	began    time.Time
	attempts []int
	starts   []time.Duration
	ops      []string
}

var (
	work = schemas.NewJob("r", schemas.TaskFetch, "g00000", "00000", "")
	next = schemas.NewJob("r", schemas.TaskDedup, "g00000", "b000", "")
)

func newBench() *bench {
	b := &bench{store: mem.New(), began: time.Now()}
	b.queue = queue.New(queue.Config{Lease: 30 * time.Second, Fault: func(op queue.Op, j schemas.Job) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.ops = append(b.ops, fmt.Sprintf("%s %s", op, j.Task))
		if b.fail != nil {
			return b.fail(op, j)
		}
		return nil
	}})
	b.cfg = workers.Config{Stages: []schemas.Stage{schemas.StageFetch}, Concurrency: 1}
	return b
}

// Started makes the bench the worker's Watcher.
func (b *bench) Started(_ schemas.Job, attempt int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.attempts = append(b.attempts, attempt)
	b.starts = append(b.starts, time.Since(b.began))
}

type benchWatcher struct {
	workers.Unwatched
	*bench
}

func (w benchWatcher) Started(j schemas.Job, n int) { w.bench.Started(j, n) }

// Handle and GiveUp make the bench the worker's only Handler.
func (b *bench) Handle(ctx context.Context, _ schemas.Job) ([]schemas.Job, error) {
	b.mu.Lock()
	n := len(b.attempts)
	b.mu.Unlock()
	return b.handle(ctx, n)
}

func (b *bench) GiveUp(context.Context, schemas.Job) ([]schemas.Job, error) { return b.spare, nil }

// run queues the job and lets a worker run for a while.
func (b *bench) run(t *testing.T, handlers map[schemas.Task]workers.Handler, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := b.queue.Push(ctx, work); err != nil {
		t.Fatal(err)
	}
	if err := workers.New(b.queue, b.store, handlers, benchWatcher{bench: b}, b.cfg).Run(ctx); err != nil {
		t.Errorf("Run: %v", err)
	}
}

func (b *bench) handlers() map[schemas.Task]workers.Handler {
	return map[schemas.Task]workers.Handler{schemas.TaskFetch: b}
}

func (b *bench) quarantined(t *testing.T) (q schemas.Quarantine, ok bool) {
	t.Helper()
	for q, err := range ledger.Quarantined(t.Context(), b.store, "r") {
		if err != nil {
			t.Fatal(err)
		}
		return q, true
	}
	return q, false
}

var errBad = errors.New("bad day")

func TestSettle(t *testing.T) {
	for _, c := range []struct {
		name     string
		handle   func(context.Context, int) ([]schemas.Job, error)
		fail     func() func(queue.Op, schemas.Job) error
		cfg      workers.Config
		ops      []string
		starts   []time.Duration // of each attempt
		givenUp  int             // at this attempt; 0 = not
		nextJobs int
	}{
		{name: "publish, then acknowledge", handle: ends(nil, next), ops: []string{"push fetch", "push dedup", "ack fetch"},
			starts: seconds(0), nextJobs: 1},
		{name: "permanent error gives up at once", handle: ends(workers.Permanent(errBad)), ops: []string{"push fetch", "push embed", "reject fetch"},
			starts: seconds(0), givenUp: 1},
		{name: "delays double until attempts are used up", handle: ends(errBad),
			cfg:    workers.Config{Attempts: 4, Backoff: time.Second},
			ops:    []string{"push fetch", "retry fetch", "retry fetch", "retry fetch", "push embed", "reject fetch"},
			starts: seconds(0, 1, 3, 7), givenUp: 4},
		{name: "delays are bounded", handle: ends(errBad),
			cfg:    workers.Config{Attempts: 4, Backoff: time.Second, BackoffMax: 2 * time.Second},
			ops:    []string{"push fetch", "retry fetch", "retry fetch", "retry fetch", "push embed", "reject fetch"},
			starts: seconds(0, 1, 3, 5), givenUp: 4},
		{name: "what cannot be queued is tried again", handle: ends(nil, next), fail: times(queue.OpPush, schemas.TaskDedup, 2),
			ops:    []string{"push fetch", "push dedup", "retry fetch", "push dedup", "retry fetch", "push dedup", "ack fetch"},
			starts: seconds(0, 1, 3), nextJobs: 1},
		{name: "a failing Ack is harmless", handle: ends(nil, next), fail: times(queue.OpAck, schemas.TaskFetch, 1),
			ops:    []string{"push fetch", "push dedup", "ack fetch", "push dedup", "ack fetch"},
			starts: seconds(0, 30), nextJobs: 1},
		{name: "a failing Reject is tried again", handle: ends(workers.Permanent(errBad)), fail: times(queue.OpReject, schemas.TaskFetch, 1),
			ops:    []string{"push fetch", "push embed", "reject fetch", "push embed", "reject fetch"},
			starts: seconds(0, 30), givenUp: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench()
				b.handle, b.spare = c.handle, []schemas.Job{schemas.NewJob("r", schemas.TaskEmbed, "g00000", "00000", "")}
				if c.fail != nil {
					b.fail = c.fail()
				}
				b.cfg.Attempts, b.cfg.Backoff, b.cfg.BackoffMax = c.cfg.Attempts, c.cfg.Backoff, c.cfg.BackoffMax
				b.run(t, b.handlers(), time.Hour)
				if !slices.Equal(b.ops, c.ops) {
					t.Errorf("queue saw %q, want %q", b.ops, c.ops)
				}
				if !slices.Equal(b.starts, c.starts) {
					t.Errorf("attempts at %v, want %v", b.starts, c.starts)
				}
				q, ok := b.quarantined(t)
				if ok != (c.givenUp > 0) || q.Attempts != c.givenUp {
					t.Errorf("quarantined: %v at attempt %d, want attempt %d", ok, q.Attempts, c.givenUp)
				}
				if n, _ := b.queue.Pending(t.Context(), "r", schemas.StageDedup); n != c.nextJobs {
					t.Errorf("%d next jobs queued, want %d", n, c.nextJobs)
				}
				if n, _ := b.queue.Pending(t.Context(), "r", schemas.StageFetch); n != 0 {
					t.Errorf("%d jobs left", n)
				}
			})
		})
	}
}

func ends(err error, next ...schemas.Job) func(context.Context, int) ([]schemas.Job, error) {
	return func(context.Context, int) ([]schemas.Job, error) { return next, err }
}

func seconds(at ...int) []time.Duration {
	out := make([]time.Duration, len(at))
	for i, s := range at {
		out[i] = time.Duration(s) * time.Second
	}
	return out
}

// times fails an operation on a task's jobs n times.
func times(op queue.Op, task schemas.Task, n int) func() func(queue.Op, schemas.Job) error {
	return func() func(queue.Op, schemas.Job) error {
		left := n
		return func(o queue.Op, j schemas.Job) error {
			if o != op || j.Task != task || left == 0 {
				return nil
			}
			left--
			return errBad
		}
	}
}

// A job that has committed is not given up when what follows it cannot be queued for a while: nobody else would queue it.
func TestCommittedJobIsNotGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.cfg.Attempts = 2
		b.fail = times(queue.OpPush, schemas.TaskDedup, 3)()
		b.handle = func(ctx context.Context, _ int) ([]schemas.Job, error) {
			_, err := ledger.Begin(b.store, work, "").Commit(ctx)
			return []schemas.Job{next}, err
		}
		b.run(t, b.handlers(), time.Hour)
		if n, _ := b.queue.Pending(t.Context(), "r", schemas.StageDedup); n != 1 || len(b.starts) != 4 {
			t.Errorf("%d next jobs after %d attempts, want 1 after 4", n, len(b.starts))
		}
		for info, err := range b.store.List(t.Context(), store.Run("r")+"quarantine/") {
			t.Errorf("%s stands beside a commit record (%v)", info.Key, err)
		}
	})
}

func TestUnknownTaskIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.run(t, nil, time.Minute)
		if q, ok := b.quarantined(t); !ok || q.Attempts != 1 || !slices.Equal(b.ops, []string{"push fetch", "reject fetch"}) {
			t.Errorf("%+v, %q", q, b.ops)
		}
	})
}

func TestLeaseIsRenewedWhileTheHandlerRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.handle = func(ctx context.Context, _ int) ([]schemas.Job, error) {
			time.Sleep(95 * time.Second)
			return nil, ctx.Err()
		}
		b.cfg.Concurrency = 2 // the second would take a job whose lease ran out
		b.run(t, b.handlers(), time.Hour)
		if want := append(slices.Insert(slices.Repeat([]string{"extend fetch"}, 9), 0, "push fetch"), "ack fetch"); !slices.Equal(b.ops, want) {
			t.Errorf("queue saw %q, want %q", b.ops, want)
		}
		if !slices.Equal(b.attempts, []int{1}) {
			t.Errorf("attempts %v", b.attempts)
		}
	})
}

// TestLostLeaseIsSaidOnce: what a suspended worker holds is another's when it goes on. It does its job to the end, asks for the
// lease no more, and says one line.
func TestLostLeaseIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.handle = func(ctx context.Context, _ int) ([]schemas.Job, error) {
			time.Sleep(25 * time.Second)
			return nil, ctx.Err()
		}
		b.fail = func(op queue.Op, _ schemas.Job) error {
			if op == queue.OpExtend {
				return cluster.ErrLeaseLost
			}
			return nil
		}
		var said bytes.Buffer
		b.cfg.Log = slog.New(slog.NewTextHandler(&said, nil))
		b.run(t, b.handlers(), time.Hour)
		if want := []string{"push fetch", "extend fetch", "ack fetch"}; !slices.Equal(b.ops, want) {
			t.Errorf("queue saw %q, want %q", b.ops, want)
		}
		if n := strings.Count(said.String(), "\n"); n != 1 || !strings.Contains(said.String(), "lease lost") {
			t.Errorf("said %s", &said)
		}
	})
}

func TestStop(t *testing.T) {
	for _, c := range []struct {
		name         string
		grace, takes time.Duration
		last         string
		ended        time.Duration
		left         int
	}{
		{"work is handed back", 0, time.Hour, "return fetch", 10 * time.Second, 1},
		{"work in its grace period is finished", 20 * time.Second, 25 * time.Second, "ack fetch", 25 * time.Second, 0},
		{"work beyond its grace period is handed back", 20 * time.Second, time.Hour, "return fetch", 30 * time.Second, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench()
				b.cfg.Grace = c.grace
				b.handle = func(ctx context.Context, _ int) ([]schemas.Job, error) {
					select {
					case <-time.After(c.takes):
						return nil, nil
					case <-ctx.Done():
						return nil, ctx.Err()
					}
				}
				b.run(t, b.handlers(), 10*time.Second)
				if got := time.Since(b.began); got != c.ended {
					t.Errorf("Run ended after %v, want %v", got, c.ended)
				}
				if last := b.ops[len(b.ops)-1]; last != c.last {
					t.Errorf("job was settled by %q, want %q", last, c.last)
				}
				if n, _ := b.queue.Pending(t.Context(), "r", schemas.StageFetch); n != c.left {
					t.Errorf("%d jobs left, want %d", n, c.left)
				}
				if c.left == 0 {
					return
				}
				d, err := b.queue.Pull(t.Context(), schemas.StageFetch)
				if err != nil || d.Attempt() != 1 {
					t.Errorf("the stop was counted as an attempt: %v", err)
				}
			})
		})
	}
}
