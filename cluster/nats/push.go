package nats

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"pairmill/cluster"
	"pairmill/schemas"
)

const (
	maxBatch = 1000 // the server's limit for one atomic batch
	minBatch = 20   // below, single messages are quicker: a batch costs about 10 ms, and a message 0.5 ms
)

// message is a job on its way into a stream.
type message struct {
	job     schemas.Job
	id      string // of this message, however often it is sent
	subject string
	body    []byte
}

// Push adds the jobs that are not queued or in work, many of them in batches of a thousand per stage. Their runs are made
// known before. While the server is away it waits and tries again until ctx ends.
func (q *Queue) Push(ctx context.Context, jobs ...schemas.Job) error {
	_, err := q.Add(ctx, jobs...)
	return err
}

// Add is Push, and returns what was added. It goes by what the server says: a job whose message was stored although the
// answer was lost counts as added.
func (q *Queue) Add(ctx context.Context, jobs ...schemas.Job) (added []schemas.Job, err error) {
	byStage, err := encode(jobs)
	if err != nil {
		return nil, err
	}
	ctx, done, err := q.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	for _, s := range schemas.Stages() {
		for batch := range slices.Chunk(byStage[s], maxBatch) {
			stored, err := q.pushBatch(ctx, s, batch)
			if err != nil {
				return nil, err
			}
			for _, m := range stored {
				added = append(added, m.job)
			}
			for i, m := range batch {
				if i == 0 || m.job.Run != batch[i-1].job.Run {
					q.nudge(s, m.job.Run)
				}
			}
		}
	}
	return added, nil
}

// encode checks all jobs before the first is sent, and drops repetitions, for which a batch would be refused.
func encode(jobs []schemas.Job) (map[schemas.Stage][]message, error) {
	byStage := map[schemas.Stage][]message{}
	seen := make(map[string]bool, len(jobs))
	call := rand.Text()
	for i, j := range jobs {
		body, err := cluster.Encode(j)
		if err != nil {
			return nil, err
		}
		subject := workSubject(j.Stage(), j.Run, j.ID())
		if !seen[subject] {
			seen[subject] = true
			byStage[j.Stage()] = append(byStage[j.Stage()], message{j, fmt.Sprint(call, ".", i), subject, body})
		}
	}
	return byStage, nil
}

// pushBatch stores all messages but those whose subjects are taken. The server refuses a whole batch for one taken
// subject, so then it is asked which are, and the others are sent again. That ends: each round lacks at least one
// message, unless other producers add and workers finish the same jobs all the time. It returns those that were stored.
func (q *Queue) pushBatch(ctx context.Context, stage schemas.Stage, batch []message) ([]message, error) {
	for round := 1; len(batch) >= minBatch; round++ {
		what := fmt.Sprintf("push %d jobs from %s", len(batch), batch[0].subject)
		err := q.persist(ctx, what, func(ctx context.Context) error { return q.storeBatch(ctx, batch) })
		if refused(err, jetstreamext.JSErrCodeBatchPublishDuplicateMsgID) {
			err = nil // an earlier try has stored it, whose answer was lost
		}
		if err == nil {
			return batch, nil
		}
		if !taken(err) {
			return nil, err
		}
		if round > 1 {
			if err := pause(ctx, round); err != nil {
				return nil, err
			}
		}
		err = q.persist(ctx, "look for queued jobs", func(ctx context.Context) (err error) {
			batch, err = q.free(ctx, stage, batch)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return q.pushEach(ctx, batch)
}

// pushEach stores the messages one by one, and returns those that it stored.
func (q *Queue) pushEach(ctx context.Context, msgs []message) (stored []message, err error) {
	for _, m := range msgs {
		err := q.persist(ctx, "push job "+m.subject, func(ctx context.Context) error {
			if err := q.know(ctx, m.job.Run); err != nil {
				return err
			}
			_, err := q.js.PublishMsg(ctx, &natsio.Msg{Subject: m.subject, Data: m.body}, jetstream.WithRetryAttempts(0), jetstream.WithMsgID(m.id))
			return err
		})
		switch {
		case err == nil:
			stored = append(stored, m)
		case !taken(err):
			return nil, err
		}
	}
	return stored, nil
}

// free returns the messages whose subjects are not taken.
func (q *Queue) free(ctx context.Context, stage schemas.Stage, batch []message) ([]message, error) {
	subjects := make([]string, len(batch))
	for i, m := range batch {
		subjects[i] = m.subject
	}
	there, err := jetstreamext.GetLastMsgsFor(ctx, q.js, streamOf(stage), subjects)
	if err != nil {
		return batch, err
	}
	taken := map[string]bool{}
	for m, err := range there {
		if errors.Is(err, jetstreamext.ErrNoMessages) {
			break
		}
		if err != nil {
			return batch, err
		}
		taken[m.Subject] = true
	}
	return slices.DeleteFunc(slices.Clone(batch), func(m message) bool { return taken[m.subject] }), nil
}

// storeBatch sends one atomic batch. The messages are made anew each time: sending alters them.
func (q *Queue) storeBatch(ctx context.Context, batch []message) error {
	msgs := make([]*natsio.Msg, len(batch))
	for i, m := range batch {
		if err := q.know(ctx, m.job.Run); err != nil {
			return err
		}
		msgs[i] = &natsio.Msg{Subject: m.subject, Data: m.body, Header: natsio.Header{jetstream.MsgIDHeader: {m.id}}}
	}
	_, err := jetstreamext.PublishMsgBatch(ctx, q.js, msgs)
	return err
}

// taken tells whether a message was refused because its subject holds one already. The server has one code for
// everything that its store refuses, and tells this reason by its text only.
func taken(err error) bool {
	const storeRefused, reason = 10077, "maximum messages per subject exceeded"
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == storeRefused && api.Description == reason
}
