package workers_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pairmill/internal/testutil"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/faulty"
	"pairmill/store/ledger"
	"pairmill/store/mem"
	"pairmill/workers"
	"pairmill/workers/workerstest"
)

// fewest is a floor under the number of kinds of writes: below it the table would not be one.
const fewest = 50

// TestCrash disturbs every kind of write of every task, in each way in which it can be disturbed, and wants the same
// outcome each time. The kinds are taken from an undisturbed run, so a new write is covered as soon as there is one.
func TestCrash(t *testing.T) {
	t.Parallel()
	w := newSinceWorld(t)
	if len(w.classes) < fewest {
		t.Errorf("%d kinds of writes, want at least %d: %q", len(w.classes), fewest, w.classes)
	}
	w.disturb(t)
}

// TestCrashList is TestCrash for a list that is downloaded.
func TestCrashList(t *testing.T) {
	t.Parallel()
	w := newListWorld(t)
	w.disturb(t)
}

// TestEveryTaskIsDisturbed makes sure that no task is in neither table.
func TestEveryTaskIsDisturbed(t *testing.T) {
	t.Parallel()
	h := workers.NewHandlers(workers.Deps{Store: mem.New()})
	defer h.Close()
	for task := range h.All() {
		if !slices.Contains(sinceTasks, task) && !slices.Contains(listTasks, task) {
			t.Errorf("no run under faults has the task %s", task)
		}
	}
}

func (w *world) disturb(t *testing.T) {
	t.Helper()
	w.everyTaskCommits(t)
	t.Logf("%d kinds of writes, %d requests undisturbed, largest jobs %v", len(w.classes), w.visits, w.largest)
	for i, c := range w.classes {
		for j, fault := range []faulty.Fault{faulty.Fail, faulty.Lost} {
			if chosen(i + j) {
				t.Run(fmt.Sprintf("retry/%s/%s", fault, c), func(t *testing.T) {
					t.Parallel()
					w.retry(t, fmt.Sprintf("retry-%d-%s", i, fault), c, fault)
				})
			}
			if p := (point{Class: c, After: fault == faulty.Lost}); chosen(i + j + 1) {
				t.Run("abandon/"+p.String(), func(t *testing.T) {
					t.Parallel()
					w.abandon(t, fmt.Sprintf("abandon-%d-%s", i, fault), p)
				})
			}
		}
	}
}

// chosen leaves one case in four under the race detector, with which a run takes eight times as long. make test runs the
// whole table without it.
func chosen(n int) bool { return !testutil.Raced || n%4 == 0 }

// everyTaskCommits makes sure that the run is worth disturbing.
func (w *world) everyTaskCommits(t *testing.T) {
	t.Helper()
	all := strings.Builder{}
	for _, c := range w.classes {
		fmt.Fprintln(&all, c)
	}
	for _, task := range w.tasks {
		if !strings.Contains(all.String(), fmt.Sprintf("put commits/%s/", task.Stage())) || !strings.Contains(all.String(), fmt.Sprintf("/%s-", task)) {
			t.Errorf("no commit of task %s in\n%s", task, all.String())
		}
	}
}

// retry lets one write fail, and the worker try its job again.
func (w *world) retry(t *testing.T, contact string, c class, fault faulty.Fault) {
	var met atomic.Bool
	s := faulty.New(seed(t, w, mem.New()), func(op faulty.Op, key string, _ int) faulty.Fault {
		if classOf(op, key) == c && met.CompareAndSwap(false, true) {
			return fault
		}
		return faulty.None
	})
	p := workerstest.Pipeline{Store: s, Spec: w.spec(contact), Since: w.since, Workers: 1, Watch: &rerun{t: t, store: s}}
	if err := p.Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !met.Load() {
		t.Error("no such write")
	}
	w.check(t, s, contact, w.oneJob(), 1)
}

// abandon ends a process at a point, with its queue; another one goes on from what stands in the store.
func (w *world) abandon(t *testing.T, contact string, at point) {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	s := seed(t, w, mem.New())
	m := &mortal{Store: s, point: at, end: func() { cancel(errDead) }}
	p := workerstest.Pipeline{Store: m, Spec: w.spec(contact), Since: w.since, Workers: 1, Watch: &rerun{t: t, store: s}}
	if err := p.Drive(ctx); !errors.Is(err, errDead) {
		t.Fatalf("error %v, want that of the end", err)
	}
	p.Store = s
	if err := p.Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.check(t, s, contact, w.inFlight(), 2)
}

// rerun is a Watcher that fails the test when a job does work after its commit record stands.
type rerun struct {
	workers.Unwatched
	t     *testing.T
	store store.Store
}

func (r *rerun) Row(j schemas.Job, _ workers.Item) {
	if done, err := ledger.Exists(context.Background(), r.store, store.CommitKey(j)); done || err != nil {
		r.t.Errorf("%s is done again (%v)", j.ID(), err)
	}
}
