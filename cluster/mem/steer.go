package mem

import (
	"context"

	"pairmill/cluster"
)

// Steer sets a run's share.
func (q *Queue) Steer(ctx context.Context, run string, s cluster.Share) error {
	return q.change(ctx, func() { q.shares[run] = s })
}

// Drop removes a run's jobs and its share.
func (q *Queue) Drop(ctx context.Context, run string) error {
	return q.change(ctx, func() {
		for _, l := range q.stages {
			l.drop(run)
		}
		delete(q.shares, run)
	})
}

// change does something under the lock and makes waiting Pulls look again.
func (q *Queue) change(ctx context.Context, do func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return cluster.ErrClosed
	}
	do()
	q.wake()
	return nil
}

// share is a run's weight, and whether it is paused. The caller holds mu.
func (q *Queue) share(run string) (weight int, paused bool) {
	s := q.shares[run].Normal()
	return s.Weight, s.Paused
}
