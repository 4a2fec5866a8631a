package nats

import (
	"context"
	"fmt"
	"time"

	natsio "github.com/nats-io/nats.go"

	"pairmill/cluster"
	"pairmill/schemas"
)

// Pull waits for a job of the stage and leases it. Messages that are no jobs are dead-lettered on the way. Whatever
// fails is logged and tried again until ctx ends.
func (q *Queue) Pull(ctx context.Context, stage schemas.Stage) (cluster.Delivery, error) {
	ctx, done, err := q.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	from, err := q.dispatcher(stage)
	if err != nil {
		return nil, err
	}
	for failures := 0; ; {
		msg, err := from.next(ctx)
		if err != nil {
			return nil, ended(ctx)
		}
		d, err := q.accept(context.WithoutCancel(ctx), stage, msg)
		switch {
		case d != nil:
			return q.handOver(ctx, d)
		case err == nil:
			failures = 0
			continue
		}
		failures++
		if err := q.endure(ctx, failures, fmt.Errorf("pull a job of stage %s: %w", stage, err)); err != nil {
			return nil, err
		}
	}
}

// dispatcher returns that of a stage, and starts it the first time.
func (q *Queue) dispatcher(s schemas.Stage) (*dispatcher, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, cluster.ErrClosed
	}
	d := q.stages[s]
	if d == nil {
		d = newDispatcher(q, s)
		q.stages[s] = d
		q.roles.Go(func() { d.run(q.life) })
	}
	return d, nil
}

// nudge tells the Pulls of this process that a run may have jobs.
func (q *Queue) nudge(s schemas.Stage, run string) {
	q.mu.Lock()
	d := q.stages[s]
	q.mu.Unlock()
	if d != nil {
		d.nudge(run)
	}
}

// handOver gives the delivery to the caller, or back to the server when the caller is gone.
func (q *Queue) handOver(ctx context.Context, d *delivery) (cluster.Delivery, error) {
	if ctx.Err() == nil {
		return d, nil
	}
	if err := q.once(context.WithoutCancel(ctx), d.giveBack); err != nil {
		q.log.warn("nats", fmt.Errorf("return job %s, which nobody waits for any more: %w", d.job.ID(), err))
	}
	return nil, ended(ctx)
}

// accept makes a delivery of a message, or dead-letters it and returns nil. It does so also when the caller is gone,
// so that the message can be handed back as what it is.
func (q *Queue) accept(ctx context.Context, stage schemas.Stage, msg *natsio.Msg) (*delivery, error) {
	now := time.Now()
	d := &delivery{q: q, msg: msg, stage: stage}
	d.extended.Store(&now)
	meta, err := msg.Metadata()
	if err != nil {
		return nil, fmt.Errorf("message %s: %w", msg.Subject, err)
	}
	d.sequence, d.delivered = meta.Sequence.Stream, int(meta.NumDelivered)
	_, run, id, _ := parseSubject(msg.Subject)
	d.job, err = cluster.DecodeAs(msg.Data, run, stage, id)
	if err != nil {
		reason := err.Error()
		err = q.once(ctx, func(ctx context.Context) error { return d.bury(ctx, reason) })
		if err == nil {
			q.cfg.Log.Warn("a message is no job: dead-lettered", "run", run, "stage", stage, "job", id, "reason", cluster.Line(reason))
		}
		return nil, err
	}
	d.uncounted = q.uncounted(ctx, d)
	return d, nil
}
