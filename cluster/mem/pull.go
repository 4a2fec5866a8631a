package mem

import (
	"context"
	"time"

	"pairmill/cluster"
	"pairmill/schemas"
)

// Pull waits for a job of the stage and leases it. A message that is no job is dead-lettered on the way.
func (q *Queue) Pull(ctx context.Context, stage schemas.Stage) (cluster.Delivery, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d, changed, due, err := q.take(stage)
		if d != nil || err != nil {
			return d, err
		}
		if err := wait(ctx, changed, due); err != nil {
			return nil, err
		}
	}
}

// take leases the oldest job of the run whose turn it is. If there is none it returns what to wait for: a change, or a time.
func (q *Queue) take(stage schemas.Stage) (cluster.Delivery, <-chan struct{}, time.Time, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, nil, time.Time{}, cluster.ErrClosed
	}
	l, now := q.lane(stage), time.Now()
	due := l.ripen(now)
	for e := l.next(q.share); e != nil; e = l.next(q.share) {
		e.attempts++
		job, err := cluster.DecodeAs(e.body, e.run, e.stage, e.id)
		if err != nil {
			q.bury(l, e, err.Error())
			continue
		}
		e.lease++
		l.park(e, now.Add(q.cfg.Lease), true)
		return &delivery{q: q, e: e, job: job, attempt: e.attempts, lease: e.lease}, nil, due, nil
	}
	return nil, q.changed, due, nil
}

func wait(ctx context.Context, changed <-chan struct{}, due time.Time) error {
	var ripe <-chan time.Time
	if !due.IsZero() {
		t := time.NewTimer(time.Until(due))
		defer t.Stop()
		ripe = t.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-changed:
	case <-ripe:
	}
	return nil
}
