package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"pairmill/schemas"
)

// A disk that changes a bit leaves a message that the server (2.15.2) cannot read and does not give up: it hands it to nobody,
// cannot delete it, counts its subject as taken, so that a job of that name is never run, and gives no answer to whoever
// stores another message under it, so that a lock of that name is never taken. Nothing of this is logged. A stream with such
// a message is therefore removed, and made again as one that was lost.

// maxSuspects is how many messages of a stage are looked at in one go. Damage is rare, and the next look may find what this
// one leaves out.
const maxSuspects = 10_000

// removeDamaged removes the streams that hold a message which cannot be read, and returns their names. Of jobs it looks at
// those that no consumer accounts for, as it is with one that should have been handed out; if all, at the others too.
func (q *Queue) removeDamaged(ctx context.Context, all bool) (removed []string, err error) {
	for _, name := range []string{"KV_" + lockBucket, runsStream, "KV_" + returnBucket, "KV_" + memoryBucket, timerStream} {
		bad, err := q.damagedShelf(ctx, name)
		if err == nil && bad != "" {
			err = q.remove(ctx, name, bad)
			removed = append(removed, name)
		}
		if err != nil {
			return removed, fmt.Errorf("look for damage in stream %s: %w", name, err)
		}
	}
	for _, s := range schemas.Stages() {
		bad, err := q.damagedStage(ctx, s, all)
		if err == nil && bad != "" {
			err = q.remove(ctx, streamOf(s), bad)
			removed = append(removed, streamOf(s))
		}
		if err != nil {
			return removed, fmt.Errorf("look for damage in stream %s: %w", streamOf(s), err)
		}
	}
	return removed, nil
}

func (q *Queue) remove(ctx context.Context, stream, subject string) error {
	q.cfg.Log.Warn("nats holds a message that it cannot read: its disk was damaged; the stream is made again, empty", "stream", stream, "subject", subject)
	if err := q.js.DeleteStream(ctx, stream); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		return err
	}
	return nil
}

// damagedShelf returns a subject of a stream of small values whose message cannot be read; "" if there is none. Where a
// subject holds two, which it may not, the first could not be removed.
func (q *Queue) damagedShelf(ctx context.Context, name string) (subject string, err error) {
	there, err := q.subjects(ctx, name, ">")
	if err != nil || len(there) == 0 {
		return "", err
	}
	for subject, n := range there {
		if n > 1 {
			return subject, nil
		}
	}
	suspects := slices.Collect(maps.Keys(there))
	if name == "KV_"+returnBucket || name == "KV_"+memoryBucket {
		return "", nil // they have many values, and what is stored anew every minute shows above
	}
	return q.unreadable(ctx, name, suspects)
}

// damagedStage returns a subject of a stage's stream whose message cannot be read, and, unless all are looked at, that no
// consumer accounts for.
func (q *Queue) damagedStage(ctx context.Context, s schemas.Stage, all bool) (subject string, err error) {
	consumers, err := q.consumers(ctx, s)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	queued := 0
	for _, c := range consumers {
		queued += c.queued()
	}
	stream, err := q.js.Stream(ctx, streamOf(s))
	if err != nil || !all && stream.CachedInfo().State.Msgs <= uint64(queued) {
		return "", q.absent(ctx, streamOf(s), err)
	}
	there, err := q.subjects(ctx, streamOf(s), workSubject(s, "*", "*"))
	if err != nil {
		return "", err
	}
	byRun := map[string][]string{}
	for subject := range there {
		if _, run, _, ok := parseSubject(subject); ok {
			byRun[run] = append(byRun[run], subject)
		}
	}
	var suspects []string
	for run, subjects := range byRun {
		if c, ok := consumers[run]; all || ok && len(subjects) > c.queued() {
			suspects = append(suspects, subjects...)
		}
	}
	return q.unreadable(ctx, streamOf(s), suspects[:min(len(suspects), maxSuspects)])
}

// subjects counts the messages of a stream by subject; none of a stream that is missing.
func (q *Queue) subjects(ctx context.Context, stream, filter string) (map[string]uint64, error) {
	s, err := q.js.Stream(ctx, stream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil
	}
	if err != nil || s.CachedInfo().State.Msgs == 0 {
		return nil, err
	}
	info, err := s.Info(ctx, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return nil, err
	}
	return info.State.Subjects, nil
}

// unreadable returns a subject that holds a message which the server that leads the stream cannot read. A message that was
// removed since it was listed is none.
func (q *Queue) unreadable(ctx context.Context, stream string, subjects []string) (string, error) {
	for some := range slices.Chunk(subjects, 500) { // the server's limit is 1,024
		for _, subject := range q.unread(ctx, stream, some) {
			ok, err := q.has(ctx, stream, map[string]any{"last_by_subj": subject})
			if ok || err != nil {
				if err != nil {
					return "", err
				}
				continue
			}
			there, err := q.subjects(ctx, stream, subject)
			if err != nil {
				return "", err
			}
			if there[subject] > 0 {
				return subject, nil
			}
		}
	}
	return "", nil
}

// unread are the subjects of which no server tells the message at once. Where only the leader answers, that is all.
func (q *Queue) unread(ctx context.Context, stream string, subjects []string) []string {
	told := map[string]bool{}
	if there, err := jetstreamext.GetLastMsgsFor(ctx, q.js, stream, subjects); err == nil {
		for m, err := range there {
			if err != nil {
				break
			}
			told[m.Subject] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(subjects), func(s string) bool { return told[s] })
}

// has asks the server that leads a stream whether it holds a message.
func (q *Queue) has(ctx context.Context, stream string, which map[string]any) (bool, error) {
	body, err := json.Marshal(which)
	if err != nil {
		return false, err
	}
	reply, err := q.nc.RequestWithContext(ctx, jetstream.DefaultAPIPrefix+"STREAM.MSG.GET."+stream, body)
	if err != nil {
		return false, err
	}
	var said struct {
		Error *jetstream.APIError `json:"error"`
	}
	switch err := json.Unmarshal(reply.Data, &said); {
	case err != nil:
		return false, fmt.Errorf("look for message %s: %w", body, err)
	case said.Error == nil:
		return true, nil
	case said.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return false, nil
	}
	return false, said.Error
}
