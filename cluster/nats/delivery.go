package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	natsio "github.com/nats-io/nats.go"

	"pairmill/cluster"
	"pairmill/schemas"
)

// delivery is one leased message.
type delivery struct {
	q         *Queue
	msg       *natsio.Msg
	job       schemas.Job               // zero when the message is no job
	stage     schemas.Stage             // in whose stream it is
	sequence  uint64                    // in the stage's stream: names this very message
	delivered int                       // by the server's count
	uncounted int                       // of those, the ones that were handed back
	extended  atomic.Pointer[time.Time] // when the lease was last known to begin
}

var _ cluster.Delivery = (*delivery)(nil)

func (d *delivery) Job() schemas.Job     { return d.job }
func (d *delivery) Attempt() int         { return max(d.delivered-d.uncounted, 1) }
func (d *delivery) Lease() time.Duration { return d.q.cfg.Lease }

// late tells whether the lease has run out.
func (d *delivery) late() bool { return time.Since(*d.extended.Load()) >= d.Lease() }

// Ack removes the job and waits until the server has done so.
func (d *delivery) Ack(ctx context.Context) error {
	return d.settle(ctx, "ack", func(ctx context.Context) error {
		if err := d.tell(ctx, "+ACK"); err != nil {
			return err
		}
		return d.vanish(ctx)
	})
}

// Retry gives the job back for delivery after the delay.
func (d *delivery) Retry(ctx context.Context, after time.Duration) error {
	return d.settle(ctx, "retry", d.whileHeld(func(ctx context.Context) error { return d.nak(ctx, after) }))
}

// Return gives the job back at once, and the delivery does not count.
func (d *delivery) Return(ctx context.Context) error {
	return d.settle(ctx, "return", d.whileHeld(d.giveBack))
}

// Reject keeps the job with its reason among the dead letters and removes it.
func (d *delivery) Reject(ctx context.Context, reason string) error {
	return d.settle(ctx, "reject", d.whileHeld(func(ctx context.Context) error { return d.bury(ctx, reason) }))
}

const opExtend = "extend lease of"

// Extend renews the lease, or returns ErrLeaseLost.
func (d *delivery) Extend(ctx context.Context) error {
	return d.settle(ctx, opExtend, func(ctx context.Context) error {
		if d.late() {
			return cluster.ErrLeaseLost
		}
		now := time.Now()
		if err := d.tell(ctx, "+WPI"); err != nil {
			return err
		}
		d.extended.Store(&now)
		return nil
	})
}

// whileHeld does op unless the lease has run out: then the job is another's, and there is nothing to settle.
func (d *delivery) whileHeld(op func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		if d.late() {
			return nil
		}
		return op(ctx)
	}
}

// errDropped is why a job needs no settling.
var errDropped = errors.New("the run was dropped")

// settle does op, and again while the server is away, until the lease ends, or as long as one request may take. For a
// run that was dropped there is nothing to do, and no lease to keep.
func (d *delivery) settle(ctx context.Context, what string, op func(context.Context) error) error {
	ctx, done, err := d.q.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	left := max(d.Lease()-time.Since(*d.extended.Load()), d.q.cfg.Timeout)
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	err = d.q.persist(ctx, fmt.Sprintf("%s job %s of run %s", what, d.job.ID(), d.job.Run), func(ctx context.Context) error {
		err := op(ctx)
		if missing(err) && d.q.dropped(ctx, d.job.Run) {
			return errDropped
		}
		return err
	})
	switch {
	case !errors.Is(err, errDropped):
		return err
	case what == opExtend:
		return cluster.ErrLeaseLost
	}
	return nil
}

func (d *delivery) giveBack(ctx context.Context) error {
	if err := d.q.discount(ctx, d); err != nil {
		return err
	}
	if d.q.cfg.Embedded {
		// The server writes down when a delayed message is due, but keeps in its memory alone that one without a delay is: when
		// it stops with us, the job would be away for the rest of its lease.
		return d.nak(ctx, time.Millisecond)
	}
	return d.nak(ctx, 0)
}

func (d *delivery) nak(ctx context.Context, after time.Duration) error {
	if after <= 0 {
		if err := d.tell(ctx, "-NAK"); err != nil {
			return err
		}
		d.q.nudge(d.stage, d.job.Run)
		return nil
	}
	options, err := json.Marshal(map[string]time.Duration{"delay": after})
	if err != nil {
		return err
	}
	return d.tell(ctx, "-NAK "+string(options))
}

// vanish waits until the message is gone from the stream. One server has removed it by the time it confirms; several
// agree on that a moment later, and would refuse a job of the same name until then as one that is queued.
func (d *delivery) vanish(ctx context.Context) error {
	if !d.q.replicated {
		return nil
	}
	for wait := time.Millisecond; ; wait = min(2*wait, 100*time.Millisecond) {
		there, err := d.q.has(ctx, streamOf(d.stage), map[string]any{"seq": d.sequence})
		if !there || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// tell sends one of JetStream's acknowledgements as a request, so that the server confirms it.
func (d *delivery) tell(ctx context.Context, word string) error {
	_, err := d.q.nc.RequestWithContext(ctx, d.msg.Reply, []byte(word))
	return err
}
