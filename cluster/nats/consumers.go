package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"pairmill/cluster"
	"pairmill/schemas"
)

// Every run has a durable consumer of its own name in each stage's stream. It leases the run's jobs, whatever other runs
// have queued, and a run is paused by asking it for nothing.

// errWorker is what a process gets that was opened as a worker and asks for more.
var errWorker = errors.New("this process was opened as a worker: runs are steered and dropped by the control plane")

// oldConsumer is the consumer that earlier versions had for all runs. A work queue refuses others beside it.
const oldConsumer = "workers"

// idleAfter is how long nothing of a run must have been queued or delivered before its consumers may make room for others.
const idleAfter = 10 * time.Minute

// Codes of the server's refusals that jetstream does not name.
const (
	codeTooManyConsumers = 10026
	codeNotUnfiltered    = 10099 // the work queue has a consumer for everything
	codeOverlap          = 10100 // the work queue has a consumer for some of it
)

func runConsumer(cfg Config, s schemas.Stage, run string) jetstream.ConsumerConfig {
	return jetstream.ConsumerConfig{
		Durable:       run,
		Description:   "pairmill: leases jobs of stage " + string(s) + " and run " + run + " to workers",
		FilterSubject: workSubject(s, run, "*"),
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       cfg.Lease,
		MaxDeliver:    -1,
		MaxAckPending: -1,      // delayed jobs count here, and must not keep others from being pulled
		MaxWaiting:    1 << 14, // processes that wait for jobs of the run; more are told to wait
	}
}

// know makes a run known, before its first message: its consumers stand, and then its entry in the bucket. It asks the
// server only once, unless the run was dropped or nats has forgotten it. A worker leaves that to the control plane.
func (q *Queue) know(ctx context.Context, run string) error {
	if k, ok := q.runs.get(run); q.cfg.Worker || ok && k.made {
		return nil
	}
	if err := q.makeConsumers(ctx, run); err != nil {
		return err
	}
	revision, err := q.shares.Create(ctx, run, []byte("{}"))
	switch {
	case errors.Is(err, jetstream.ErrKeyExists): // with a share that another process has set
		if _, err := q.readRuns(ctx, true); err != nil {
			return fmt.Errorf("read bucket %s: %w", runsBucket, err)
		}
	case err != nil:
		return fmt.Errorf("enter run %s in bucket %s: %w", run, runsBucket, err)
	default:
		q.runs.learn(run, cluster.Share{}.Normal(), revision, false)
	}
	q.runs.made(run)
	return nil
}

// makeConsumers makes or updates a run's consumers, of all stages: a worker, which may make none, then finds that of the
// next stage.
func (q *Queue) makeConsumers(ctx context.Context, run string) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, s := range schemas.Stages() {
		g.Go(func() error { return q.makeConsumer(ctx, s, run) })
	}
	return g.Wait()
}

func (q *Queue) makeConsumer(ctx context.Context, s schemas.Stage, run string) error {
	create := func() error {
		_, err := q.js.CreateOrUpdateConsumer(ctx, streamOf(s), runConsumer(q.cfg, s, run))
		return err
	}
	err := create()
	switch {
	case refused(err, codeNotUnfiltered, codeOverlap):
		if err = q.retire(ctx, s); err == nil {
			err = create()
		}
	case refused(err, codeTooManyConsumers):
		q.room.Lock()
		defer q.room.Unlock()
		if err = create(); !refused(err, codeTooManyConsumers) {
			break // another call has made room
		}
		if err = q.makeRoom(ctx, s); err == nil {
			err = create()
		}
	}
	if err != nil {
		return fmt.Errorf("make consumer %s of stream %s: %w", run, streamOf(s), err)
	}
	return nil
}

// refused tells whether the server gave one of these codes.
func refused(err error, codes ...jetstream.ErrorCode) bool {
	var api *jetstream.APIError
	if !errors.As(err, &api) {
		return false
	}
	for _, c := range codes {
		if api.ErrorCode == c {
			return true
		}
	}
	return false
}

// retire removes the consumer that earlier versions had for all runs of a stage.
func (q *Queue) retire(ctx context.Context, s schemas.Stage) error {
	c, err := q.js.Consumer(ctx, streamOf(s), oldConsumer)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look at consumer %s of stream %s: %w", oldConsumer, streamOf(s), err)
	}
	if cfg := c.CachedInfo().Config; cfg.FilterSubject != "" || len(cfg.FilterSubjects) > 0 {
		return nil // that of a run of this name
	}
	if err := q.js.DeleteConsumer(ctx, streamOf(s), oldConsumer); err != nil && !errors.Is(err, jetstream.ErrConsumerNotFound) {
		return fmt.Errorf("remove consumer %s of stream %s: %w", oldConsumer, streamOf(s), err)
	}
	return nil
}

// makeRoom drops the runs that have been idle for a while, for a stream that takes no more consumers.
func (q *Queue) makeRoom(ctx context.Context, full schemas.Stage) error {
	busy := map[string]bool{}
	idle := map[string]bool{}
	for _, s := range schemas.Stages() {
		there, err := q.consumers(ctx, s)
		if err != nil {
			return err
		}
		for run, c := range there {
			if c.queued() > 0 || time.Since(c.active) < q.idleRun {
				busy[run] = true
			} else {
				idle[run] = true
			}
		}
	}
	dropped := 0
	for run := range idle {
		if busy[run] {
			continue
		}
		if err := q.dropRun(ctx, run); err != nil {
			return err
		}
		dropped++
	}
	if dropped == 0 {
		return fmt.Errorf("stream %s has %d consumers, one for each run, none of which has been idle for %v: drop runs that have ended, "+
			"or raise default_max_consumers among the server's jetstream limits", streamOf(full), len(busy), q.idleRun)
	}
	return nil
}

// standing is a run's consumer as the server has it.
type standing struct {
	pending, unacked int
	lease            time.Duration
	active           time.Time // when it was made or last delivered or removed a job
}

func (c standing) queued() int { return c.pending + c.unacked }

// consumers lists the consumers of a stage by run.
func (q *Queue) consumers(ctx context.Context, s schemas.Stage) (map[string]standing, error) {
	stream, err := q.js.Stream(ctx, streamOf(s))
	if err != nil {
		return nil, fmt.Errorf("look at stream %s: %w", streamOf(s), err)
	}
	there := map[string]standing{}
	list := stream.ListConsumers(ctx)
	for info := range list.Info() {
		if info.Config.FilterSubject != workSubject(s, info.Name, "*") {
			continue // not ours
		}
		c := standing{pending: int(info.NumPending), unacked: info.NumAckPending, lease: info.Config.AckWait, active: info.Created}
		for _, at := range []*time.Time{info.Delivered.Last, info.AckFloor.Last} {
			if at != nil && at.After(c.active) {
				c.active = *at
			}
		}
		there[info.Name] = c
	}
	if err := list.Err(); err != nil {
		return nil, fmt.Errorf("list the consumers of stream %s: %w", streamOf(s), err)
	}
	return there, nil
}
