package clustertest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/schemas"
)

// crowd records who holds what, and objects when a job that is leased, or was acked within its lease, comes again. On
// a machine so busy that a lease runs out between Pull and Ack, a second delivery is right.
type crowd struct {
	mu   sync.Mutex
	held map[string]time.Time // since when
	done map[string]bool      // true: within the lease
	all  func()               // called when every job is done
	want int
}

func (c *crowd) begin(t *testing.T, d cluster.Delivery) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := d.Job().ID()
	since, held := c.held[id]
	if c.done[id] || held && fresh(since, d) {
		t.Errorf("job %s delivered twice", id)
	}
	c.held[id] = time.Now()
}

func (c *crowd) end(d cluster.Delivery, settled bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id := d.Job().ID()
	if settled {
		c.done[id] = fresh(c.held[id], d)
	}
	delete(c.held, id)
	if len(c.done) == c.want {
		c.all()
	}
}

// fresh tells whether a lease surely still runs; the medium's clock started before ours.
func fresh(since time.Time, d cluster.Delivery) bool { return time.Since(since) < d.Lease()/2 }

// manyWorkers: four producers, two of them with the same jobs, and eight workers, who give back every seventh job.
func manyWorkers(t *testing.T, h Harness) {
	const producers, each, workers = 4, 30, 8
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c := &crowd{held: map[string]time.Time{}, done: map[string]bool{}, all: cancel, want: producers * each}
	var wg sync.WaitGroup
	for p := range producers {
		for range 1 + p%2 {
			wg.Go(func() { produce(t, h.Queue, p, each) })
		}
	}
	wg.Wait()
	giveUp := time.AfterFunc(patience, cancel)
	defer giveUp.Stop()
	for range workers {
		wg.Go(func() { work(ctx, t, h.Queue, c) })
	}
	wg.Wait()
	if len(c.done) != c.want {
		t.Errorf("%d jobs done, want %d", len(c.done), c.want)
	}
	wantPending(t, h.Queue, 0)
}

func produce(t *testing.T, q cluster.Queue, p, each int) {
	for i := 0; i < each; i += 3 {
		var jobs []schemas.Job
		for k := range 3 {
			jobs = append(jobs, job(fmt.Sprintf("%d-%d", p, i+k)))
		}
		if err := q.Push(t.Context(), jobs...); err != nil {
			t.Errorf("Push: %v", err)
		}
	}
}

func work(ctx context.Context, t *testing.T, q cluster.Queue, c *crowd) {
	for n := 0; ; n++ {
		d, err := q.Pull(ctx, schemas.StageFetch)
		if err != nil {
			if ctx.Err() == nil {
				t.Errorf("Pull: %v", err)
			}
			return
		}
		c.begin(t, d)
		if n%7 == 6 && d.Attempt() == 1 {
			c.end(d, false)
			err = d.Retry(t.Context(), time.Millisecond)
		} else {
			err = d.Ack(t.Context())
			c.end(d, err == nil)
		}
		if err != nil {
			t.Errorf("settle %s: %v", d.Job().ID(), err)
		}
	}
}
