package nats

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
	"golang.org/x/sync/errgroup"

	"pairmill/cluster"
)

// Medium is what the processes of a cluster share beside the queue, on the queue's connection. Its buckets and streams are
// made when the first of them is needed, all at once, by any process but a worker: workers use those that are there.
type Medium struct {
	q       *Queue
	journal *journal
	tick    time.Duration // how long a tick stays with its taker
}

var (
	_ cluster.Locks    = (*Medium)(nil)
	_ cluster.Calls    = (*Medium)(nil)
	_ cluster.Presence = (*Medium)(nil)
	_ cluster.Timers   = (*Medium)(nil)
	_ cluster.Journal  = (*Medium)(nil)
	_ cluster.Memory   = (*Medium)(nil)
)

// Medium returns the rest of the cluster. It ends with Close of the queue, which gives back its locks and says goodbye for
// its members.
func (q *Queue) Medium() *Medium {
	return &Medium{q: q, journal: newJournal(q), tick: tickLease}
}

// persist does op until it succeeds, and makes what is missing for it.
func (m *Medium) persist(ctx context.Context, what string, op func(context.Context) error) error {
	return m.q.persist(ctx, what, func(ctx context.Context) error { return m.q.making(ctx, op) })
}

// making does op, and if a stream is missing that it needs, makes what a medium has and does op again.
func (q *Queue) making(ctx context.Context, op func(context.Context) error) error {
	err := op(ctx)
	if !missing(err) || !q.nc.IsConnected() || q.cfg.Worker {
		return err
	}
	var g errgroup.Group
	for _, c := range q.shared() {
		g.Go(func() error {
			if _, err := q.js.CreateOrUpdateStream(ctx, c); err != nil {
				return fmt.Errorf("set up stream %s: %w", c.Name, err)
			}
			return nil
		})
	}
	if made := g.Wait(); made != nil {
		return errors.Join(err, made)
	}
	return op(ctx)
}

// store publishes a message into a stream and waits until it is stored.
func (q *Queue) store(ctx context.Context, msg *natsio.Msg, options ...jetstream.PublishOpt) (uint64, error) {
	stored, err := q.js.PublishMsg(ctx, msg, append(options, jetstream.WithRetryAttempts(0))...)
	if err != nil {
		return 0, err
	}
	return stored.Sequence, nil
}

// readBatch is how many messages are asked for at a time.
const readBatch = 500

// read lists the messages of a stream whose subjects match, oldest first, up to sequence last if it is not 0. Any of the
// servers that keep the stream may answer, and be a moment behind. A stream that is missing is empty.
func (q *Queue) read(ctx context.Context, stream, subject string, last uint64) iter.Seq2[*jetstream.RawStreamMsg, error] {
	return func(yield func(*jetstream.RawStreamMsg, error) bool) {
		for next := uint64(1); ; {
			batch, err := q.readSome(ctx, stream, subject, next)
			for _, msg := range batch {
				if last > 0 && msg.Sequence > last {
					return
				}
				next = msg.Sequence + 1
				if !yield(msg, nil) {
					return
				}
			}
			if err != nil {
				yield(nil, fmt.Errorf("read %s of stream %s: %w", subject, stream, err))
			}
			if err != nil || len(batch) == 0 {
				return
			}
		}
	}
}

// readSome reads one batch, again while the server is away.
func (q *Queue) readSome(ctx context.Context, stream, subject string, from uint64) ([]*jetstream.RawStreamMsg, error) {
	var batch []*jetstream.RawStreamMsg
	err := q.persist(ctx, "read stream "+stream, func(ctx context.Context) error {
		batch = nil
		list, err := jetstreamext.GetBatch(ctx, q.js, stream, readBatch, jetstreamext.GetBatchSubject(subject), jetstreamext.GetBatchSeq(from))
		if err != nil {
			return err
		}
		for msg, err := range list {
			if errors.Is(err, jetstreamext.ErrNoMessages) {
				return nil
			}
			if err != nil {
				return q.absent(ctx, stream, err)
			}
			batch = append(batch, msg)
		}
		return nil
	})
	return batch, err
}

// absent returns nil for an error that means that there is no such stream at all, and an error that passes when the stream
// has come meanwhile, or has no leader now.
func (q *Queue) absent(ctx context.Context, stream string, err error) error {
	if err == nil || !missing(err) {
		return err
	}
	if _, there := q.js.Stream(ctx, stream); errors.Is(there, jetstream.ErrStreamNotFound) {
		return nil
	}
	return fmt.Errorf("stream %s: %w", stream, natsio.ErrNoResponders)
}

// deleted tells whether a message says that its key has no value.
func deleted(h natsio.Header) bool {
	return h.Get("KV-Operation") != "" || h.Get(jetstream.MarkerReasonHeader) != ""
}

// outrun tells whether a message was refused because its subject has moved on.
func outrun(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) &&
		(api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant)
}
