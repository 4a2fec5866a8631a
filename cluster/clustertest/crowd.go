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

// crowd records who holds what, and objects when two workers hold one job.
type crowd struct {
	mu   sync.Mutex
	held map[string]bool
	done map[string]bool
	all  func() // called when every job is done
	want int
}

func (c *crowd) begin(t *testing.T, id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held[id] || c.done[id] {
		t.Errorf("job %s delivered twice", id)
	}
	c.held[id] = true
}

func (c *crowd) end(id string, settled bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.held, id)
	if settled {
		c.done[id] = true
	}
	if len(c.done) == c.want {
		c.all()
	}
}

// manyWorkers: four producers, two of them with the same jobs, and eight workers, who give back every seventh job.
func manyWorkers(t *testing.T, h Harness) {
	const producers, each, workers = 4, 30, 8
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := &crowd{held: map[string]bool{}, done: map[string]bool{}, all: cancel, want: producers * each}
	var wg sync.WaitGroup
	for p := range producers {
		for range 1 + p%2 {
			wg.Go(func() { produce(t, h.Queue, p, each) })
		}
	}
	wg.Wait()
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
		id := d.Job().ID()
		c.begin(t, id)
		if n%7 == 6 && d.Attempt() == 1 {
			c.end(id, false)
			err = d.Retry(t.Context(), time.Millisecond)
		} else {
			err = d.Ack(t.Context())
			c.end(id, err == nil)
		}
		if err != nil {
			t.Errorf("settle %s: %v", id, err)
		}
	}
}
