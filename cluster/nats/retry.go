package nats

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"pairmill/cluster"
)

// Waits between tries: the first is short, for a server that restarts; the longest bounds what a thousand waiting
// workers ask of a server that is in trouble.
const (
	firstWait = 50 * time.Millisecond
	maxWait   = 5 * time.Second
)

// stuckAfter is the number of unanswered requests in a row, on a living connection, that we take for a full disk:
// JetStream then answers nothing, and goes on so until it is restarted.
const stuckAfter = 3

// codeStillStoring is the server's refusal of a message that it has been sent before and is still storing.
const codeStillStoring = 10158

var errStuck = errors.New("nats is connected but does not answer: its disk may be full; make room and restart nats-server")

// persist does op, and again while its failures are the server's or the connection's, until ctx ends.
func (q *Queue) persist(ctx context.Context, what string, op func(context.Context) error) error {
	for failures := 0; ; {
		err := q.once(ctx, op)
		if err == nil {
			return nil
		}
		err = fmt.Errorf("%s: %w", what, err)
		if ctx.Err() == nil && !passing(err) {
			return err
		}
		failures++
		if end := q.endure(ctx, failures, err); end != nil {
			return fmt.Errorf("%w; the last try: %w", end, err)
		}
	}
}

// once does op within the time of one request.
func (q *Queue) once(ctx context.Context, op func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, q.cfg.Timeout)
	defer cancel()
	return op(ctx)
}

// endure follows a failure: it logs, makes missing streams, and waits; its error is that ctx ended.
func (q *Queue) endure(ctx context.Context, failures int, err error) error {
	if ctx.Err() != nil {
		return ended(ctx)
	}
	q.grumble(failures, err)
	if q.nc.IsConnected() && (missing(err) || failures%stuckAfter == 0 && unanswered(err)) {
		q.mend()
	}
	return pause(ctx, failures)
}

// grumble logs a failure, and says so when many in a row mean more.
func (q *Queue) grumble(failures int, err error) {
	if failures >= stuckAfter && q.nc.IsConnected() && unanswered(err) {
		err = errors.Join(errStuck, err)
	}
	q.log.warn("nats", explained(err))
}

// mend has what is missing made again, beside the call that misses it: while servers elect a leader, that may take longer
// than a lease. A worker only learns which runs there are: the rest is for the control plane.
func (q *Queue) mend() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || !q.mending.TryLock() {
		return
	}
	q.roles.Go(func() {
		defer q.mending.Unlock()
		op := func(ctx context.Context) error { _, err := q.repair(ctx); return err }
		if q.cfg.Worker {
			op = func(ctx context.Context) error { _, err := q.readRuns(ctx, true); return err }
		}
		if err := op(q.life); err != nil && q.life.Err() == nil {
			q.log.warn("nats", err)
		}
	})
}

// pause waits longer after each failure, with jitter.
func pause(ctx context.Context, failures int) error {
	t := time.NewTimer(backOff(failures))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ended(ctx)
	case <-t.C:
		return nil
	}
}

// backOff is longer after each failure, with jitter.
func backOff(failures int) time.Duration {
	wait := min(firstWait<<min(failures-1, 10), maxWait)
	return wait/2 + rand.N(wait/2)
}

// ended says why a context of begin ended: ErrClosed, or as the caller's did.
func ended(ctx context.Context) error {
	if cause := context.Cause(ctx); errors.Is(cause, cluster.ErrClosed) {
		return cluster.ErrClosed
	}
	return ctx.Err()
}

// passing tells whether a failure may go away by itself.
func passing(err error) bool {
	if missing(err) {
		return true
	}
	var api *jetstream.APIError
	if errors.As(err, &api) {
		switch api.ErrorCode {
		case jetstreamext.JSErrCodeAtomicPublishTooManyInflight, jetstreamext.JSErrCodeBatchPublishIncomplete,
			codeStillStoring:
			return true
		}
		return api.Code == 503 && !taken(err)
	}
	for _, e := range []error{natsio.ErrReconnectBufExceeded, natsio.ErrConnectionReconnecting, natsio.ErrDisconnected,
		natsio.ErrStaleConnection} {
		if errors.Is(err, e) {
			return true
		}
	}
	return unanswered(err)
}

// unanswered tells whether the server was asked and gave no answer in time.
func unanswered(err error) bool {
	return errors.Is(err, natsio.ErrTimeout) || errors.Is(err, context.DeadlineExceeded)
}

// missing tells whether nobody listens where a stream or consumer should.
func missing(err error) bool {
	return errors.Is(err, natsio.ErrNoResponders) || errors.Is(err, jetstream.ErrNoStreamResponse) ||
		errors.Is(err, jetstream.ErrStreamNotFound) || errors.Is(err, jetstream.ErrConsumerNotFound)
}
