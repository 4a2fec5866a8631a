package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"pairmill/cluster"
	"pairmill/schemas"
)

const (
	pullExpiry = 5 * time.Second // a request lost with its server is asked again after this and pullSlack
	pullSlack  = 2 * time.Second // for the server's word that the request has expired
)

// Pull waits for a job of the stage and leases it. Messages that are no jobs are dead-lettered on the way. Whatever
// fails is logged and tried again until ctx ends.
//
// Each Pull asks for one message with a request of its own. The client library's fetch would drop a message that
// arrives while its context is being cancelled, and the job would be away for a whole lease.
func (q *Queue) Pull(ctx context.Context, stage schemas.Stage) (cluster.Delivery, error) {
	ctx, done, err := q.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	for failures := 0; ; {
		msg, err := q.request(ctx, stage)
		if err == nil && msg != nil {
			var d *delivery
			if d, err = q.accept(context.WithoutCancel(ctx), stage, msg); d != nil {
				return q.handOver(ctx, d)
			}
		}
		if ctx.Err() != nil {
			return nil, ended(ctx)
		}
		if err == nil {
			failures = 0
			continue
		}
		failures++
		if err := q.endure(ctx, failures, fmt.Errorf("pull a job of stage %s: %w", stage, err)); err != nil {
			return nil, err
		}
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

// request asks for one message and waits. It returns nil without an error when there was none for a while.
func (q *Queue) request(ctx context.Context, stage schemas.Stage) (*natsio.Msg, error) {
	sub, err := q.nc.SubscribeSync(q.nc.NewInbox())
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]any{"batch": 1, "expires": pullExpiry})
	if err != nil {
		return nil, err
	}
	next := jetstream.DefaultAPIPrefix + "CONSUMER.MSG.NEXT." + streamOf(stage) + "." + workers
	if err := q.nc.PublishRequest(next, sub.Subject, body); err != nil {
		_ = sub.Unsubscribe()
		return nil, err
	}
	wait, cancel := context.WithTimeout(ctx, pullExpiry+pullSlack)
	defer cancel()
	msg, err := sub.NextMsgWithContext(wait)
	if err != nil {
		msg, err = q.lastCall(sub, err)
	} else {
		_ = sub.Unsubscribe()
	}
	if err != nil {
		return nil, err
	}
	return verdict(msg)
}

// lastCall ends a request and takes what the server sent before it heard of that.
func (q *Queue) lastCall(sub *natsio.Subscription, cause error) (*natsio.Msg, error) {
	if err := sub.Drain(); err != nil {
		_ = sub.Unsubscribe()
		return nil, cause
	}
	msg, err := sub.NextMsg(pullSlack)
	if err != nil {
		return nil, cause
	}
	return msg, nil
}

// verdict tells a job's message from the server's word about the request (ADR-13: status in the header, no subject
// to reply to).
func verdict(msg *natsio.Msg) (*natsio.Msg, error) {
	status := msg.Header.Get("Status")
	switch {
	case status == "" || msg.Reply != "":
		return msg, nil
	case status == "404" || status == "408": // nothing there; expired
		return nil, nil
	case status == "503":
		return nil, natsio.ErrNoResponders
	}
	return nil, errors.New("server says " + status + " " + msg.Header.Get("Description"))
}

// accept makes a delivery of a message, or dead-letters it and returns nil. It does so also when the caller is gone,
// so that the message can be handed back as what it is.
func (q *Queue) accept(ctx context.Context, stage schemas.Stage, msg *natsio.Msg) (*delivery, error) {
	now := time.Now()
	d := &delivery{q: q, msg: msg}
	d.extended.Store(&now)
	meta, err := msg.Metadata()
	if err != nil {
		return nil, fmt.Errorf("message %s: %w", msg.Subject, err)
	}
	d.sequence, d.delivered = meta.Sequence.Stream, int(meta.NumDelivered)
	d.job, err = cluster.Decode(msg.Data)
	if err == nil && msg.Subject != workSubject(stage, d.job.Run, d.job.ID()) {
		err = fmt.Errorf("message holds job %s of run %s and stage %s, another than its subject says", d.job.ID(), d.job.Run, d.job.Stage())
	}
	if err != nil {
		reason := err.Error()
		return nil, q.once(ctx, func(ctx context.Context) error { return d.bury(ctx, reason) })
	}
	d.uncounted = q.uncounted(ctx, d)
	return d, nil
}
