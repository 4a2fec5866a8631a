package nats

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"pairmill/schemas"
)

const (
	deadStream   = "PAIRMILL_DEAD"    //
	returnBucket = "pairmill-returns" //
	returnMemory = 7 * 24 * time.Hour // longer than any job stays queued after a stop
	dropMemory   = time.Hour          // that a run was dropped; processes that were cut off for longer read the bucket anew
)

func streamOf(s schemas.Stage) string { return "PAIRMILL_" + strings.ToUpper(string(s)) }

func workSubject(s schemas.Stage, run, id string) string {
	return "work." + string(s) + "." + run + "." + id
}

// parseSubject splits work.<stage>.<run>.<id> or dead.<stage>.<run>.<id>.
func parseSubject(subject string) (s schemas.Stage, run, id string, ok bool) {
	p := strings.Split(subject, ".")
	if len(p) != 4 {
		return "", "", "", false
	}
	return schemas.Stage(p[1]), p[2], p[3], true
}

// setUp makes, or updates, every stream and bucket. It may be called at any time and by many processes. After the first,
// which shows whether that is permitted, they are made side by side: several servers elect a leader for each, which may
// take them some seconds.
func (q *Queue) setUp(ctx context.Context) error {
	stages := schemas.Stages()
	if err := q.setUpStage(ctx, stages[0]); err != nil {
		return err
	}
	var g errgroup.Group
	for _, s := range stages[1:] {
		g.Go(func() error { return q.setUpStage(ctx, s) })
	}
	g.Go(func() error {
		if _, err := q.js.CreateOrUpdateStream(ctx, q.deadLetterStream()); err != nil {
			return fmt.Errorf("set up stream %s: %w", deadStream, err)
		}
		return nil
	})
	for _, b := range []jetstream.KeyValueConfig{q.returnsBucket(), q.runsBucket()} {
		g.Go(func() error {
			if _, err := q.js.CreateOrUpdateKeyValue(ctx, b); err != nil {
				return fmt.Errorf("set up bucket %s: %w", b.Bucket, err)
			}
			return nil
		})
	}
	return g.Wait()
}

func (q *Queue) setUpStage(ctx context.Context, s schemas.Stage) error {
	stream, err := q.js.CreateOrUpdateStream(ctx, q.stageStream(s))
	if err == nil && stream.CachedInfo().State.Consumers > 0 {
		err = q.retire(ctx, s)
	}
	if err != nil {
		return fmt.Errorf("set up stream %s: %w", streamOf(s), err)
	}
	return nil
}

// open finds the buckets.
func (q *Queue) open(ctx context.Context) (err error) {
	if q.returns, err = q.js.KeyValue(ctx, returnBucket); err != nil {
		return fmt.Errorf("open bucket %s: %w", returnBucket, err)
	}
	if q.shares, err = q.js.KeyValue(ctx, runsBucket); err != nil {
		return fmt.Errorf("open bucket %s: %w", runsBucket, err)
	}
	if q.entries, err = q.js.Stream(ctx, runsStream); err != nil {
		return fmt.Errorf("open stream %s: %w", runsStream, err)
	}
	q.replicated = q.entries.CachedInfo().Config.Replicas > 1
	return nil
}

func (q *Queue) stageStream(s schemas.Stage) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:                 streamOf(s),
		Description:          "pairmill: jobs of stage " + string(s) + ", queued and in work; one message per job",
		Subjects:             []string{workSubject(s, "*", "*")},
		Retention:            jetstream.WorkQueuePolicy,
		Discard:              jetstream.DiscardNew,
		DiscardNewPerSubject: true,
		MaxMsgsPerSubject:    1,
		AllowAtomicPublish:   true,
		AllowDirect:          true, // Push asks which subjects of a batch are taken
		Replicas:             q.cfg.Replicas,
	}
}

func (q *Queue) returnsBucket() jetstream.KeyValueConfig {
	return jetstream.KeyValueConfig{
		Bucket:      returnBucket,
		Description: "pairmill: deliveries that do not count as attempts, by stage, run and job",
		TTL:         returnMemory,
		Replicas:    q.cfg.Replicas,
	}
}

func (q *Queue) runsBucket() jetstream.KeyValueConfig {
	return jetstream.KeyValueConfig{
		Bucket:         runsBucket,
		Description:    "pairmill: runs that may have jobs, with their shares: weight, and whether they are paused",
		LimitMarkerTTL: dropMemory,
		RePublish:      &jetstream.RePublish{Source: runsKeys + "*", Destination: runsNews + "{{wildcard(1)}}"},
		Replicas:       q.cfg.Replicas,
	}
}

func (q *Queue) deadLetterStream() jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name:              deadStream,
		Description:       "pairmill: jobs that were rejected and messages that were no jobs; the latest of each name",
		Subjects:          []string{"dead.*.*.*"},
		Retention:         jetstream.LimitsPolicy,
		Discard:           jetstream.DiscardOld,
		MaxMsgsPerSubject: 1,
		AllowDirect:       true,
		Replicas:          q.cfg.Replicas,
	}
}
