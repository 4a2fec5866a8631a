package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// returned is what the bucket holds for a job that was handed back.
type returned struct {
	Sequence  uint64 `json:"sequence"`  // of the message in its stream; another message is another story
	Uncounted int    `json:"uncounted"` // of its deliveries
}

func returnKey(d *delivery) string {
	return string(d.job.Stage()) + "." + d.job.Run + "." + d.job.ID()
}

// discount notes that this delivery does not count. Only the holder of the lease writes, so the last write is right;
// the same note written twice is one.
func (q *Queue) discount(ctx context.Context, d *delivery) error {
	note, err := json.Marshal(returned{Sequence: d.sequence, Uncounted: d.uncounted + 1})
	if err != nil {
		return err
	}
	if _, err := q.returns.Put(ctx, returnKey(d), note); err != nil {
		return fmt.Errorf("note that a delivery does not count: %w", err)
	}
	return nil
}

// uncounted looks up how many deliveries of this message do not count. When that cannot be learned all of them count:
// a job must not wait for a number.
func (q *Queue) uncounted(ctx context.Context, d *delivery) int {
	if d.delivered == 1 {
		return 0
	}
	var entry jetstream.KeyValueEntry
	err := q.once(ctx, func(ctx context.Context) (err error) {
		entry, err = q.returns.Get(ctx, returnKey(d))
		return err
	})
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return 0
	}
	var note returned
	if err == nil {
		err = json.Unmarshal(entry.Value(), &note)
	}
	if err != nil {
		q.log.warn("nats", fmt.Errorf("learn the attempts of job %s: %w", d.job.ID(), err))
		return 0
	}
	if note.Sequence != d.sequence {
		return 0
	}
	return note.Uncounted
}
