package workers

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"pairmill/cluster"
	"pairmill/internal/crashpoint"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// settleTimeout bounds the calls that settle a job. They go on when the worker is asked to stop, because the work is
// done; what is not settled by then comes back when its lease ends.
const settleTimeout = 10 * time.Second

// run does one delivery and settles it. An error means that the store is lost to this worker.
func (w *Worker) run(ctx context.Context, d cluster.Delivery) error {
	job, attempt := d.Job(), d.Attempt()
	h, ok := w.handlers[job.Task]
	if !ok {
		return w.giveUp(ctx, d, nil, fmt.Errorf("no handler for task %q in this worker", job.Task))
	}
	w.watch.Started(job, attempt)
	defer w.watch.Ended(job)
	next, err := w.handle(ctx, d, h)
	if err == nil {
		settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
		defer cancel()
		err = w.publish(settle, d, next)
	}
	switch {
	case err == nil:
	case ctx.Err() != nil, errors.Is(err, errRunOver), errors.Is(err, errStalled), errors.Is(err, errSuspect):
		w.handBack(d)
	case errors.Is(err, errDoubtful):
		w.retry(ctx, d, doubtDelay, err)
	case noRoom(err):
		// Another try would ask the web again for what there is no room for, and giving up would lose the rows to it.
		w.handBack(d)
		return fmt.Errorf("no room to write (free some, then go on): %w", err)
	case IsPermanent(err), attempt >= w.cfg.Attempts:
		return w.giveUp(ctx, d, h, err)
	default:
		w.retry(ctx, d, w.backoff(d), err)
	}
	return nil
}

// publish queues what follows, and only then lets the job go: a crash between the two repeats it, and the repeat
// finds its commit record.
func (w *Worker) publish(ctx context.Context, d cluster.Delivery, next []schemas.Job) error {
	if err := w.queue.Push(ctx, next...); err != nil {
		return fmt.Errorf("queue what follows %s: %w", d.Job().ID(), err)
	}
	crashpoint.At(string(d.Job().Task), crashpoint.Pushed)
	if err := d.Ack(ctx); err != nil {
		// The work is done and recorded. The job comes back after its lease and is found finished.
		w.cfg.Log.Warn("acknowledge job", "run", d.Job().Run, "job", d.Job().ID(), "error", err)
	}
	crashpoint.At(string(d.Job().Task), crashpoint.Acked)
	return nil
}

// handle runs the handler while the lease is renewed, and grants it the grace period when the worker stops.
func (w *Worker) handle(ctx context.Context, d cluster.Delivery, h Handler) ([]schemas.Job, error) {
	work, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(w.cfg.Grace, func() { cancel(context.Cause(ctx)) })
	})
	defer stop()
	defer w.inWork.add(d.Job(), cancel)()
	if asksWeb(d.Job().Task.Stage()) && w.cfg.Web.Why() != "" { // shut since the job was pulled
		cancel(errSuspect)
		return nil, errSuspect
	}
	renewed := make(chan struct{})
	go func() { defer close(renewed); w.renew(work, d) }()
	next, err := h.Handle(context.WithValue(withAttempt(work, d.Attempt()), stallKey{}, &w.stall), d.Job())
	if cause := context.Cause(work); err != nil && (errors.Is(cause, errRunOver) || errors.Is(cause, errStalled) || errors.Is(cause, errSuspect)) {
		err = cause // whatever it made the handler say
	}
	cancel(nil)
	<-renewed
	return next, err
}

// renew extends the lease until ctx ends. A failure is no reason to stop, and neither is the loss of the lease, as when the
// process was suspended: the commit decides who was first. But what is lost is lost, and said once.
func (w *Worker) renew(ctx context.Context, d cluster.Delivery) {
	tick := time.NewTicker(d.Lease() / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			switch err := d.Extend(ctx); {
			case err == nil || ctx.Err() != nil:
			case errors.Is(err, cluster.ErrLeaseLost):
				w.cfg.Log.Info("lease lost: another worker may have the job; it is done all the same, and whoever is first counts", "run", d.Job().Run, "job", d.Job().ID())
				return
			default:
				w.cfg.Log.Warn("renew lease", "run", d.Job().Run, "job", d.Job().ID(), "error", err)
			}
		}
	}
}

// backoff is how long a job waits for its next attempt: twice as long each time.
func (w *Worker) backoff(d cluster.Delivery) time.Duration {
	return min(w.cfg.Backoff<<min(d.Attempt()-1, 20), w.cfg.BackoffMax)
}

// retry gives the job back for another attempt.
func (w *Worker) retry(ctx context.Context, d cluster.Delivery, delay time.Duration, cause error) {
	w.cfg.Log.Warn("job will be tried again", "run", d.Job().Run, "job", d.Job().ID(), "attempt", d.Attempt(),
		"attempts", w.cfg.Attempts, "after", delay, "error", cause)
	w.watch.Retried(d.Job(), d.Attempt(), cause)
	if err := d.Retry(ctx, delay); err != nil {
		w.cfg.Log.Warn("give job back", "run", d.Job().Run, "job", d.Job().ID(), "error", err)
	}
}

// handBack returns the job uncounted: a stop is no failure of the job.
func (w *Worker) handBack(d cluster.Delivery) {
	ctx, cancel := context.WithTimeout(context.Background(), settleTimeout)
	defer cancel()
	if err := d.Return(ctx); err != nil && !errors.Is(err, cluster.ErrClosed) {
		w.cfg.Log.Warn("hand job back", "run", d.Job().Run, "job", d.Job().ID(), "error", err)
	}
}

// giveUp removes the job for good: its record and what may go on without it first, the dead letter last. A job that
// cannot even be given up, as often as it was tried before, ends the worker: its store is gone.
func (w *Worker) giveUp(ctx context.Context, d cluster.Delivery, h Handler, cause error) error {
	q := schemas.Quarantine{Job: d.Job(), Error: cause.Error(), Attempts: d.Attempt()}
	given, err := w.quarantine(ctx, q, h)
	switch {
	case !given && d.Attempt() >= 2*w.cfg.Attempts:
		return fmt.Errorf("give up job %s: %w", q.Job.ID(), errors.Join(cause, err))
	case !given:
		w.retry(ctx, d, w.backoff(d), errors.Join(cause, err))
		return nil
	}
	w.cfg.Log.Error("job given up", "run", q.Job.Run, "job", q.Job.ID(), "attempt", q.Attempts, "error", cause)
	settle, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	if err := d.Reject(settle, cause.Error()); err != nil {
		w.cfg.Log.Warn("dead-letter job", "run", q.Job.Run, "job", q.Job.ID(), "error", err)
	}
	w.watch.GivenUp(q)
	return nil
}

// quarantine records that a job is given up and queues what may go on without it. It does not give up a job whose commit
// record stands, whatever went wrong behind it: what the record names would never run.
func (w *Worker) quarantine(ctx context.Context, q schemas.Quarantine, h Handler) (given bool, err error) {
	done, err := ledger.Exists(ctx, w.store, store.CommitKey(q.Job))
	if done || err != nil {
		return false, err
	}
	if err := ledger.PutQuarantine(ctx, w.store, q); err != nil || h == nil {
		return err == nil, err
	}
	next, err := h.GiveUp(ctx, q.Job)
	if err != nil {
		return false, err
	}
	err = w.queue.Push(ctx, next...)
	return err == nil, err
}

// noRoom tells whether a disk is full, or closed to writing.
func noRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EROFS)
}
