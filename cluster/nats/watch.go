package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"pairmill/cluster"
)

const (
	runsBucket = "pairmill-runs"
	runsStream = "KV_" + runsBucket
	runsKeys   = "$KV." + runsBucket + "."
	runsNews   = "pairmill.runs." // where the server repeats what was stored in the bucket

	readEvery  = 10 * time.Second       // the news may miss something, and nats may forget everything
	readSoon   = 100 * time.Millisecond // a server of several that lags catches up meanwhile
	maxLagging = 5
)

// watchRuns keeps the runs up to date until ctx ends: by the server's news, and by reading the bucket now and then. News
// are plain messages, so a thousand processes that listen cost the server no consumers.
func (q *Queue) watchRuns(ctx context.Context) {
	for failures, lagging := 0, 0; ctx.Err() == nil; {
		settled, err := q.readRuns(ctx, lagging >= maxLagging)
		if err != nil && ctx.Err() == nil {
			failures++
			_ = q.endure(ctx, failures, fmt.Errorf("read bucket %s: %w", runsBucket, err)) // it ends when ctx does
			continue
		}
		failures = 0
		wait := readEvery
		if lagging++; settled {
			lagging = 0
		} else {
			wait = readSoon
		}
		select {
		case <-ctx.Done():
		case <-q.reread:
		case <-time.After(wait):
		}
	}
}

// hear takes the news of one run.
func (q *Queue) hear(msg *natsio.Msg) {
	revision, err := strconv.ParseUint(msg.Header.Get(jetstream.SequenceHeader), 10, 64)
	if err != nil {
		return // not the server's word
	}
	if !q.learn(strings.TrimPrefix(msg.Subject, runsNews), msg.Header, msg.Data, revision) {
		q.lookAgain()
	}
}

// lookAgain has the bucket of runs read soon.
func (q *Queue) lookAgain() {
	select {
	case q.reread <- struct{}{}:
	default:
	}
}

// learn takes one value of the bucket. What cannot be read counts as the zero share: the run has its turn all the same.
func (q *Queue) learn(run string, h natsio.Header, value []byte, revision uint64) (ok bool) {
	var share cluster.Share
	if err := json.Unmarshal(value, &share); err != nil && len(value) > 0 {
		q.log.warn("nats", fmt.Errorf("share of run %s in bucket %s: %w", run, runsBucket, err))
	}
	return q.runs.learn(run, share.Normal(), revision, h.Get("KV-Operation") != "")
}

// readRuns reads the bucket, if anything was missed of it. Which runs there are is the word of the stream's leader. Their
// shares may come from a server that lags; then settled is false, unless that is all the same to the caller.
func (q *Queue) readRuns(ctx context.Context, settle bool) (settled bool, err error) {
	var info *jetstream.StreamInfo
	err = q.once(ctx, func(ctx context.Context) (err error) {
		info, err = q.entries.Info(ctx, jetstream.WithSubjectFilter(runsKeys+">"))
		return err
	})
	if err != nil {
		return false, err
	}
	at := info.State.LastSeq
	if q.runs.current(info.Created, at) {
		return true, nil
	}
	q.runs.keep(info.Created, at, func(run string) bool { _, ok := info.State.Subjects[runsKeys+run]; return ok })
	var last uint64
	for subjects := range slices.Chunk(slices.Collect(maps.Keys(info.State.Subjects)), 500) { // the server's limit is 1,024
		latest, err := q.readShares(ctx, subjects)
		if err != nil {
			return false, err
		}
		last = max(last, latest)
	}
	for _, run := range q.runs.owes() {
		if err := q.know(ctx, run); err != nil {
			return false, err
		}
	}
	if last < at && !settle { // it lags, or the last thing that happened has been forgotten since
		return false, nil
	}
	q.runs.read(at)
	return true, nil
}

// readShares reads some keys of the bucket and returns the highest revision.
func (q *Queue) readShares(ctx context.Context, subjects []string) (last uint64, err error) {
	err = q.once(ctx, func(ctx context.Context) error {
		there, err := jetstreamext.GetLastMsgsFor(ctx, q.js, runsStream, subjects)
		if err != nil {
			return err
		}
		for m, err := range there {
			if errors.Is(err, jetstreamext.ErrNoMessages) {
				return nil
			}
			if err != nil {
				return err
			}
			last = max(last, m.Sequence)
			q.learn(strings.TrimPrefix(m.Subject, runsKeys), m.Header, m.Data, m.Sequence)
		}
		return nil
	})
	return last, err
}
