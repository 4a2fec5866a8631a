package nats

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"pairmill/schemas"
)

const (
	workers      = "workers"          // the durable consumer of each stage's stream
	deadStream   = "PAIRMILL_DEAD"    //
	returnBucket = "pairmill-returns" //
	returnMemory = 7 * 24 * time.Hour // longer than any job stays queued after a stop
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

// setUp makes, or updates, every stream, consumer and bucket. It may be called at any time and by many processes.
func (q *Queue) setUp(ctx context.Context) error {
	for _, s := range schemas.Stages() {
		if _, err := q.js.CreateOrUpdateStream(ctx, q.stageStream(s)); err != nil {
			return fmt.Errorf("set up stream %s: %w", streamOf(s), err)
		}
		if _, err := q.js.CreateOrUpdateConsumer(ctx, streamOf(s), q.stageConsumer(s)); err != nil {
			return fmt.Errorf("set up consumer %s of stream %s: %w", workers, streamOf(s), err)
		}
	}
	if _, err := q.js.CreateOrUpdateStream(ctx, q.deadLetterStream()); err != nil {
		return fmt.Errorf("set up stream %s: %w", deadStream, err)
	}
	_, err := q.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket:      returnBucket,
		Description: "pairmill: deliveries that do not count as attempts, by stage, run and job",
		TTL:         returnMemory,
		Replicas:    q.cfg.Replicas,
	})
	if err != nil {
		return fmt.Errorf("set up bucket %s: %w", returnBucket, err)
	}
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

func (q *Queue) stageConsumer(s schemas.Stage) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:       workers,
		Description:   "pairmill: leases jobs of stage " + string(s) + " to workers",
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       q.cfg.Lease,
		MaxDeliver:    -1,
		MaxAckPending: -1,      // delayed jobs count here, and must not keep others from being pulled
		MaxWaiting:    1 << 14, // idle workers per stage; more are told to wait
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
