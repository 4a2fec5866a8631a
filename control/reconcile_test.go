package control

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/control/api"
	"pairmill/schemas"
	"pairmill/store"
)

// forgetful is a queue that has lost a stream, once.
type forgetful struct {
	Queue
	mu   sync.Mutex // guards what follows
	lost []string
	adds int
}

func (f *forgetful) Mend(context.Context) (m cluster.Mended, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m.Streams, f.lost = f.lost, nil
	return m, nil
}

func (f *forgetful) Add(ctx context.Context, jobs ...schemas.Job) ([]schemas.Job, error) {
	f.mu.Lock()
	f.adds++
	f.mu.Unlock()
	return f.Queue.Add(ctx, jobs...)
}

func (f *forgetful) lose(stream string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lost = []string{stream}
}

// derived counts how often something was derived.
func (f *forgetful) derived() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.adds
}

// TestReconcile: what the store says is to do is queued, whatever the queue has lost, and it is told what was missing. Nobody
// fetches, so that nothing else happens.
func TestReconcile(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		f := &forgetful{Queue: w.queue}
		w.wrap = f
		c := w.plane()
		w.hand(WorkerConfig{Stages: []schemas.Stage{schemas.StagePlan}}) // who fetches nothing
		run := w.submit(c, "first")
		w.await(c, run, schemas.RunRunning)
		time.Sleep(10 * time.Second)
		ask := func(what, named string, want ...api.Derived) {
			t.Helper()
			got, err := c.Reconcile(t.Context(), api.Reconcile{Run: named})
			if err != nil || !reflect.DeepEqual(got.Runs, want) {
				t.Errorf("%s: %+v, %v; want %+v", what, got.Runs, err, want)
			}
		}
		fetches := func(again int) api.Derived {
			return api.Derived{Run: run, State: schemas.RunRunning, Open: []api.Open{{Stage: schemas.StageFetch, Jobs: shards, Again: again}}}
		}
		ask("nothing is missing", "", fetches(0))
		if err := w.queue.Drop(t.Context(), run); err != nil {
			t.Fatal(err)
		}
		ask("all is missing", run, fetches(shards))
		d, err := w.queue.Pull(t.Context(), schemas.StageFetch)
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Ack(t.Context()); err != nil { // as if one message had been lost
			t.Fatal(err)
		}
		ask("one is missing", run, fetches(1))
		time.Sleep(time.Second)
		f.lose("S")
		if got, err := c.Reconcile(t.Context(), api.Reconcile{}); err != nil || !reflect.DeepEqual(got.Streams, []string{"S"}) {
			t.Errorf("a lost stream: %+v, %v", got, err)
		}
		if _, err := c.Cancel(t.Context(), run, "test", ""); err != nil {
			t.Fatal(err)
		}
		ask("a run that is over, by name", run, api.Derived{Run: run, State: schemas.RunCancelled, Open: []api.Open{}})
		ask("and without", "", []api.Derived{}...)
		_, err = c.Reconcile(t.Context(), api.Reconcile{Run: "none"})
		refusal(t, err, http.StatusNotFound)
	})
}

// TestLostStream: a queue that has lost some of a run's jobs while others are in it, as the leader's mending finds, has them
// again at once and not after the usual minute.
func TestLostStream(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		f := &forgetful{Queue: w.queue}
		w.wrap = f
		c := w.plane()
		w.hand(WorkerConfig{Stages: []schemas.Stage{schemas.StagePlan}})
		run := w.submit(c, "first")
		w.await(c, run, schemas.RunRunning)
		for before := f.derived(); f.derived() == before; { // the next in its turn is a minute away
			time.Sleep(time.Second)
		}
		for range shards - 1 {
			d, err := w.queue.Pull(t.Context(), schemas.StageFetch)
			if err != nil {
				t.Fatal(err)
			}
			if err := d.Ack(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		f.lose("S")
		began := time.Now()
		for w.left(run) < shards && time.Since(began) < 2*time.Minute {
			time.Sleep(time.Second)
		}
		if took := time.Since(began); took > mendEvery+5*time.Second {
			t.Errorf("queued again after %v", took)
		}
	})
}

// TestRecordOfAnotherVersion stops its run, with both versions in the reason: no try would read it.
func TestRecordOfAnotherVersion(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		c := w.plane()
		w.hand(WorkerConfig{Stages: []schemas.Stage{schemas.StagePlan}})
		run := w.submit(c, "first")
		w.await(c, run, schemas.RunRunning)
		w.put(store.CommitKey(schemas.NewJob(run, schemas.TaskFetch, "g00000", "00003", "")), []byte(`{"v":2}`))
		w.hand(WorkerConfig{})
		if got := w.await(c, run, schemas.RunStopped); !strings.Contains(got.Text, "fetch-00003.json") || !strings.Contains(got.Text, "version 2: this program reads version 1") {
			t.Errorf("stopped with %q", got.Text)
		}
	})
}
