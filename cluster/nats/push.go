package nats

import (
	"context"
	"errors"
	"fmt"
	"slices"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"pairmill/cluster"
	"pairmill/schemas"
)

// maxBatch is the server's limit for one atomic batch.
const maxBatch = 1000

// message is a job on its way into a stream.
type message struct {
	subject string
	body    []byte
}

// Push adds the jobs that are not queued or in work, in batches of a thousand per stage. While the server is away it
// waits and tries again until ctx ends.
func (q *Queue) Push(ctx context.Context, jobs ...schemas.Job) error {
	byStage, err := encode(jobs)
	if err != nil {
		return err
	}
	ctx, done, err := q.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	for _, s := range schemas.Stages() {
		for batch := range slices.Chunk(byStage[s], maxBatch) {
			if err := q.pushBatch(ctx, batch); err != nil {
				return err
			}
		}
	}
	return nil
}

// encode checks all jobs before the first is sent, and drops repetitions, for which a batch would be refused.
func encode(jobs []schemas.Job) (map[schemas.Stage][]message, error) {
	byStage := map[schemas.Stage][]message{}
	seen := make(map[string]bool, len(jobs))
	for _, j := range jobs {
		body, err := cluster.Encode(j)
		if err != nil {
			return nil, err
		}
		subject := workSubject(j.Stage(), j.Run, j.ID())
		if !seen[subject] {
			seen[subject] = true
			byStage[j.Stage()] = append(byStage[j.Stage()], message{subject, body})
		}
	}
	return byStage, nil
}

// pushBatch stores all messages but those whose subjects are taken. A batch that the server refuses for a taken
// subject is halved: finding k taken subjects among n takes about k·log n batches, and refusals cost no disk write.
func (q *Queue) pushBatch(ctx context.Context, batch []message) error {
	what := "push job " + batch[0].subject
	if len(batch) > 1 {
		what = fmt.Sprintf("push %d jobs from %s", len(batch), batch[0].subject)
	}
	err := q.persist(ctx, what, func(ctx context.Context) error { return q.store(ctx, batch) })
	switch {
	case !taken(err):
		return err
	case len(batch) == 1:
		return nil
	}
	half := len(batch) / 2
	if err := q.pushBatch(ctx, batch[:half]); err != nil {
		return err
	}
	return q.pushBatch(ctx, batch[half:])
}

// store sends one batch, or a single message plainly. The messages are made anew each time: sending alters them.
func (q *Queue) store(ctx context.Context, batch []message) error {
	msgs := make([]*natsio.Msg, len(batch))
	for i, m := range batch {
		msgs[i] = &natsio.Msg{Subject: m.subject, Data: m.body, Header: natsio.Header{}}
	}
	if len(msgs) == 1 {
		_, err := q.js.PublishMsg(ctx, msgs[0], jetstream.WithRetryAttempts(0))
		return err
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
