package nats

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"pairmill/cluster"
)

// Headers of a dead letter.
const (
	reasonHeader  = "Pairmill-Reason"
	attemptHeader = "Pairmill-Attempt"
)

// bury stores the dead letter first and removes the message then: a crash between the two leaves both, and the next
// delivery decides anew. Before, it renews the lease, which fails for a job of a dropped run: that leaves no letter.
func (d *delivery) bury(ctx context.Context, reason string) error {
	if err := d.tell(ctx, "+WPI"); err != nil {
		return err
	}
	if err := d.q.deadLetter(ctx, d.msg.Subject, d.msg.Data, d.Attempt(), reason); err != nil {
		return err
	}
	if err := d.tell(ctx, "+TERM "+cluster.Line(reason)); err != nil {
		return err
	}
	return d.vanish(ctx)
}

// deadLetter stores what stood under a subject of a stage's stream.
func (q *Queue) deadLetter(ctx context.Context, subject string, body []byte, attempt int, reason string) error {
	_, rest, _ := strings.Cut(subject, ".")
	letter := &natsio.Msg{
		Subject: "dead." + rest,
		Header:  natsio.Header{reasonHeader: {cluster.Line(reason)}, attemptHeader: {strconv.Itoa(attempt)}},
		Data:    body[:min(len(body), cluster.MaxJob)],
	}
	if _, err := q.js.PublishMsg(ctx, letter, jetstream.WithRetryAttempts(0)); err != nil {
		return fmt.Errorf("dead-letter %s: %w", subject, err)
	}
	return nil
}

// DeadLetters lists what was rejected and what was no job, oldest first.
func (q *Queue) DeadLetters(ctx context.Context, run string) iter.Seq2[cluster.DeadLetter, error] {
	return func(yield func(cluster.DeadLetter, error) bool) {
		ctx, done, err := q.begin(ctx)
		if err != nil {
			yield(cluster.DeadLetter{}, err)
			return
		}
		defer done()
		letters, err := q.deadOf(ctx, cmp.Or(run, "*"))
		for _, l := range letters {
			if !yield(readLetter(l), nil) {
				return
			}
		}
		if err != nil {
			yield(cluster.DeadLetter{}, fmt.Errorf("list dead letters: %w", err))
		}
	}
}

// deadOf reads the dead letters of a run in the order of their sequence.
func (q *Queue) deadOf(ctx context.Context, run string) ([]*jetstream.RawStreamMsg, error) {
	s, err := q.js.Stream(ctx, deadStream)
	if err != nil {
		return nil, err
	}
	info, err := s.Info(ctx, jetstream.WithSubjectFilter("dead.*."+run+".*"))
	if err != nil {
		return nil, err
	}
	var letters []*jetstream.RawStreamMsg
	for subject := range info.State.Subjects {
		m, err := s.GetLastMsgForSubject(ctx, subject)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue // purged meanwhile
		}
		if err != nil {
			return nil, err
		}
		letters = append(letters, m)
	}
	slices.SortFunc(letters, func(a, b *jetstream.RawStreamMsg) int { return cmp.Compare(a.Sequence, b.Sequence) })
	return letters, nil
}

func readLetter(m *jetstream.RawStreamMsg) cluster.DeadLetter {
	stage, run, id, _ := parseSubject(m.Subject)
	attempt, _ := strconv.Atoi(m.Header.Get(attemptHeader)) // 0 when another program wrote the letter
	return cluster.DeadLetter{
		Run: run, Stage: stage, ID: id, Reason: m.Header.Get(reasonHeader), Attempt: attempt,
		Time: m.Time.In(time.UTC), Body: m.Data,
	}
}
