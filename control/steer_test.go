package control

import (
	"context"
	"sync"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/control/api"
	"pairmill/schemas"
)

// steered notes what a queue is told of runs.
type steered struct {
	Queue
	mu     sync.Mutex
	shares []cluster.Share
	drops  int
}

func (s *steered) Steer(ctx context.Context, run string, share cluster.Share) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shares = append(s.shares, share)
	return s.Queue.Steer(ctx, run, share)
}

func (s *steered) Drop(ctx context.Context, run string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drops++
	return s.Queue.Drop(ctx, run)
}

func (s *steered) told() (n int, last cluster.Share, drops int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.shares) > 0 {
		last = s.shares[len(s.shares)-1]
	}
	return len(s.shares), last, s.drops
}

// TestSharesAreMirrored: each decision reaches the queue at the next look, and is repeated in case the queue forgets.
func TestSharesAreMirrored(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		q := &steered{Queue: w.queue}
		w.wrap = q
		p := w.plane()
		got, err := p.Submit(t.Context(), api.Submission{Spec: spec("first"), Weight: 7})
		if err != nil {
			t.Fatal(err)
		}
		run := got.Run
		want := func(what string, share cluster.Share, drops int) {
			t.Helper()
			time.Sleep(5 * time.Second)
			if _, last, dropped := q.told(); last != share || dropped != drops {
				t.Errorf("%s: %+v, %d drops; want %+v, %d", what, last, dropped, share, drops)
			}
		}
		want("submitted", cluster.Share{Weight: 7}, 0)
		if _, err := p.Prioritize(t.Context(), run, "", 2); err != nil {
			t.Fatal(err)
		}
		want("another weight", cluster.Share{Weight: 2}, 0)
		if _, err := p.Pause(t.Context(), run, "", ""); err != nil {
			t.Fatal(err)
		}
		want("paused", cluster.Share{Weight: 2, Paused: true}, 0)
		before, _, _ := q.told()
		time.Sleep(2 * time.Minute)
		if n, _, _ := q.told(); n < before+3 || n > before+5 {
			t.Errorf("told %d times in two minutes", n-before)
		}
		if _, err := p.Cancel(t.Context(), run, "", ""); err != nil {
			t.Fatal(err)
		}
		want("cancelled", cluster.Share{Weight: 2, Paused: true}, 1)
		if _, err := p.Resume(t.Context(), run, api.Resumption{}); err != nil {
			t.Fatal(err)
		}
		want("resumed", cluster.Share{Weight: 2}, 1)
		if got := w.await(p, run, schemas.RunQueued); got.Weight != 2 {
			t.Errorf("status %+v", got)
		}
	})
}
