package nats

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"pairmill/cluster"
	"pairmill/schemas"
)

// Steer sets a run's share, and makes the run known. Other processes hear of it within milliseconds; one whose
// connection is lost at that moment, after it is back.
func (q *Queue) Steer(ctx context.Context, run string, s cluster.Share) error {
	s = s.Normal()
	value, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return q.govern(ctx, "steer", run, func(ctx context.Context) error {
		if err := q.know(ctx, run); err != nil {
			return err
		}
		if k, ok := q.runs.get(run); ok && k.share == s {
			return nil
		}
		revision, err := q.shares.Put(ctx, run, value)
		if err != nil {
			return err
		}
		q.runs.learn(run, s, revision, false)
		return nil
	})
}

// Drop removes a run's jobs and its share. Its entry goes first, so that no process makes again what goes then.
func (q *Queue) Drop(ctx context.Context, run string) error {
	return q.govern(ctx, "drop", run, func(ctx context.Context) error { return q.dropRun(ctx, run) })
}

// govern does what only a control plane may do with a run.
func (q *Queue) govern(ctx context.Context, what, run string, op func(context.Context) error) error {
	if q.cfg.Worker {
		return fmt.Errorf("%s run %s: %w", what, run, errWorker)
	}
	if !schemas.ValidName(run) {
		return fmt.Errorf("%s run %q: no name of a run", what, run)
	}
	ctx, done, err := q.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	return q.persist(ctx, what+" run "+run, op)
}

func (q *Queue) dropRun(ctx context.Context, run string) error {
	if err := q.shares.Purge(ctx, run, jetstream.PurgeTTL(dropMemory)); err != nil {
		return fmt.Errorf("take run %s out of bucket %s: %w", run, runsBucket, err)
	}
	q.runs.drop(run)
	g, ctx := errgroup.WithContext(ctx)
	for _, s := range schemas.Stages() {
		g.Go(func() error { return q.dropJobs(ctx, s, run) })
	}
	return g.Wait()
}

func (q *Queue) dropJobs(ctx context.Context, s schemas.Stage, run string) error {
	err := q.js.DeleteConsumer(ctx, streamOf(s), run)
	if err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return fmt.Errorf("remove consumer %s of stream %s: %w", run, streamOf(s), err)
	}
	stream, err := q.js.Stream(ctx, streamOf(s))
	if err == nil {
		err = stream.Purge(ctx, jetstream.WithPurgeSubject(workSubject(s, run, "*")))
	}
	if err != nil {
		return fmt.Errorf("purge jobs of run %s from stream %s: %w", run, streamOf(s), err)
	}
	return nil
}

// dropped tells whether a run was dropped, or forgotten together with everything else.
func (q *Queue) dropped(ctx context.Context, run string) bool {
	_, err := q.shares.Get(ctx, run)
	return errors.Is(err, jetstream.ErrKeyNotFound)
}
