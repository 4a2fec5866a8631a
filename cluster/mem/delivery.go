package mem

import (
	"context"
	"time"

	"pairmill/cluster"
	"pairmill/schemas"
)

// delivery is one lease of one entry.
type delivery struct {
	q       *Queue
	e       *entry
	job     schemas.Job
	attempt int
	lease   uint64
}

var _ cluster.Delivery = (*delivery)(nil)

func (d *delivery) Job() schemas.Job     { return d.job }
func (d *delivery) Attempt() int         { return d.attempt }
func (d *delivery) Lease() time.Duration { return d.q.cfg.Lease }

// Ack removes the job, whoever holds it by now.
func (d *delivery) Ack(ctx context.Context) error {
	return d.settle(ctx, OpAck, func(l *lane, _ bool) error {
		if l.has(d.e) {
			l.remove(d.e)
		}
		return nil
	})
}

// Retry gives the job back for delivery after the delay.
func (d *delivery) Retry(ctx context.Context, after time.Duration) error {
	return d.settle(ctx, OpRetry, func(l *lane, mine bool) error {
		if mine {
			l.park(d.e, time.Now().Add(after), false)
		}
		return nil
	})
}

// Return gives the job back at once, and the delivery does not count.
func (d *delivery) Return(ctx context.Context) error {
	return d.settle(ctx, OpReturn, func(l *lane, mine bool) error {
		if mine {
			d.e.attempts--
			l.makeReady(d.e)
		}
		return nil
	})
}

// Reject moves the job to the dead letters.
func (d *delivery) Reject(ctx context.Context, reason string) error {
	return d.settle(ctx, OpReject, func(l *lane, mine bool) error {
		if mine {
			d.q.bury(l, d.e, reason)
		}
		return nil
	})
}

// Extend renews the lease.
func (d *delivery) Extend(ctx context.Context) error {
	return d.settle(ctx, OpExtend, func(l *lane, mine bool) error {
		if !mine {
			return cluster.ErrLeaseLost
		}
		l.park(d.e, time.Now().Add(d.Lease()), true)
		return nil
	})
}

// settle runs act under the lock and tells it whether the lease still runs.
func (d *delivery) settle(ctx context.Context, op Op, act func(l *lane, mine bool) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := d.q.cfg.Fault(op, d.job); err != nil {
		return err
	}
	d.q.mu.Lock()
	defer d.q.mu.Unlock()
	if d.q.closed {
		return cluster.ErrClosed
	}
	l := d.q.lane(d.e.stage)
	l.ripen(time.Now())
	err := act(l, l.has(d.e) && d.e.held && d.e.lease == d.lease)
	d.q.wake()
	return err
}
