package workers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"pairmill/cluster"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// ErrStopped is why a run cannot go on: a job that everything else waits for was given up.
var ErrStopped = errors.New("run stopped")

// Ending is a Watcher that notices the end of one run, and passes everything on.
type Ending struct {
	Watcher
	run  string
	last schemas.Job // set by Drive before any job runs
	once sync.Once
	end  chan error
}

// NewEnding watches for the end of run.
func NewEnding(run string, next Watcher) *Ending {
	return &Ending{Watcher: next, run: run, end: make(chan error, 1)}
}

// Committed notices the job after which nothing follows.
func (e *Ending) Committed(c schemas.Commit) {
	e.Watcher.Committed(c)
	if c.Job == e.last {
		e.once.Do(func() { e.end <- nil })
	}
}

// GivenUp notices the loss of a job that the others wait for.
func (e *Ending) GivenUp(q schemas.Quarantine) {
	e.Watcher.GivenUp(q)
	if q.Job.Run == e.run && q.Job.Task.Critical() {
		e.once.Do(func() { e.end <- stopped(q) })
	}
}

func stopped(q schemas.Quarantine) error {
	return fmt.Errorf("%w: %s was given up after %d attempts: %s", ErrStopped, q.Job.ID(), q.Attempts, q.Error)
}

// lookInterval is how often the store is asked whether a run is over. This process learns of its own commits at once;
// of those that another process made, or whose success was not reported, it learns from the store alone.
const lookInterval = time.Second

// wait returns when the run has ended or ctx has.
func (h *Handlers) wait(ctx context.Context, e *Ending) error {
	look := time.NewTicker(lookInterval)
	defer look.Stop()
	for {
		select {
		case err := <-e.end:
			return err
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-look.C:
			// An error is no end: what is wrong with the store meets the jobs too, and they are counted.
			if over, err := h.Over(ctx, e.run); over {
				return err
			}
		}
	}
}

// Drive takes a run to its end in this process: it queues what the store says is still to do, and works until the
// release stands, ErrStopped, or ctx ends. The handlers must have been made with end as their Watcher.
func Drive(ctx context.Context, q cluster.Queue, h *Handlers, end *Ending, cfg Config) error {
	if err := h.Reopen(ctx, end.run); err != nil {
		return err
	}
	var err error
	if end.last, err = h.last(ctx, end.run); err != nil {
		return err
	}
	over, err := h.Over(ctx, end.run)
	if over || err != nil {
		return err
	}
	open, err := h.Reconcile(ctx, end.run)
	if err != nil {
		return fmt.Errorf("derive what is left of %s: %w", end.run, err)
	}
	if err := q.Push(ctx, open...); err != nil {
		return fmt.Errorf("queue what is left of %s: %w", end.run, err)
	}
	wctx, stop := context.WithCancel(ctx)
	defer stop()
	lost := make(chan error, 1)
	go func() { lost <- New(q, h.deps.Store, h.All(), end, cfg).Run(wctx) }()
	wait, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ended := make(chan error, 1)
	go func() { ended <- h.wait(wait, end) }()
	select {
	case err := <-ended:
		stop()
		return errors.Join(err, <-lost)
	case err := <-lost:
		if err == nil && drained(cfg.Drain) {
			return h.deliverCommitted(ctx, end.run)
		}
		cancel(err)
		if over := <-ended; over == nil || errors.Is(over, ErrStopped) {
			return cmp.Or(err, over)
		}
		// The worker was told to stop or lost its queue, and the run is not over.
		return cmp.Or(err, context.Cause(ctx), cluster.ErrClosed)
	}
}

func drained(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// deliverCommitted gives the shards that stand their delivery after the worker has stopped. What else is open stays so.
func (h *Handlers) deliverCommitted(ctx context.Context, run string) error {
	all := h.All()
	for {
		open, err := h.Reconcile(ctx, run)
		if err != nil {
			return err
		}
		did := false
		for _, job := range open {
			switch job.Task {
			case schemas.TaskDeliver, schemas.TaskTally, schemas.TaskFinish:
			default:
				continue
			}
			if _, err := all[job.Task].Handle(ctx, job); err != nil {
				return err
			}
			did = true
		}
		if !did {
			return nil
		}
	}
}

// Reopen forgets that jobs were given up which everything else waits for: whoever starts a stopped run again has
// mended what stopped it.
func (h *Handlers) Reopen(ctx context.Context, run string) error {
	for q, err := range ledger.Quarantined(ctx, h.deps.Store, run) {
		if err == nil && q.Job.Task.Critical() {
			err = h.deps.Store.Delete(ctx, store.QuarantineKey(q.Job))
		}
		if err != nil {
			return fmt.Errorf("reopen %s: %w", run, err)
		}
	}
	return nil
}

// last is the job after which nothing of a run follows, as far as its generations are known now.
func (h *Handlers) last(ctx context.Context, run string) (schemas.Job, error) {
	spec, err := h.runs.Spec(ctx, run)
	if err != nil {
		return schemas.Job{}, err
	}
	gens, err := ledger.Generations(ctx, h.deps.Store, run)
	task := schemas.TaskRelease
	if spec.Deliver != nil {
		task = schemas.TaskFinish
	}
	job := schemas.NewJob(run, task, schemas.GroupAll, schemas.GroupAll, "")
	if job.Generation = len(gens) - 1; task == schemas.TaskRelease && job.Generation > 0 {
		job.Group = schemas.AllGroup(job.Generation)
	}
	return job, err
}

// Over tells whether a run has ended: well, or, with ErrStopped, for good.
func (h *Handlers) Over(ctx context.Context, run string) (bool, error) {
	last, err := h.last(ctx, run)
	if err != nil {
		return false, err
	}
	done, err := ledger.Exists(ctx, h.deps.Store, store.CommitKey(last))
	if done || err != nil {
		return done, err
	}
	for q, err := range ledger.Quarantined(ctx, h.deps.Store, run) {
		if err != nil {
			return false, err
		}
		if q.Job.Task.Critical() {
			return true, stopped(q)
		}
	}
	return false, nil
}
