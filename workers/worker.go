package workers

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"pairmill/cluster"
	"pairmill/schemas"
	"pairmill/store"
)

// Config of a Worker. The zero value works.
type Config struct {
	// Stages to work on; empty means all.
	Stages []schemas.Stage
	// Concurrency is the number of jobs of one stage that run side by side. Default 4: jobs of the stages that wait
	// for hosts gain from company, and the encoder and the codec bound their own work. A full stage leaves its jobs queued.
	Concurrency int
	// Attempts after which a job that keeps failing is given up. Default 5. Errors marked Permanent give up at once.
	Attempts int
	// Backoff before the second attempt; it doubles up to BackoffMax. Defaults 1s and 1m.
	Backoff, BackoffMax time.Duration
	// Grace is how long a job in work may go on after the worker was asked to stop before it is interrupted and handed
	// back, uncounted. Default 0: work is cut at once, which wastes at most one job.
	Grace time.Duration
	// Drain, once closed, keeps the worker from beginning further jobs; Run returns when those in work are done.
	Drain <-chan struct{}
	// Intake, while it is shut, keeps the worker from beginning further jobs. Default: always open.
	Intake *Gate
	// Web is the same for jobs of the stages that ask the web, crawl and fetch. Default: always open.
	Web *Gate
	// Log receives one line for each job that is tried again or given up. Default: discarded.
	Log *slog.Logger
}

func (c Config) withDefaults() Config {
	if len(c.Stages) == 0 {
		c.Stages = schemas.Stages()
	}
	if c.Concurrency <= 0 {
		c.Concurrency = 4
	}
	if c.Attempts <= 0 {
		c.Attempts = 5
	}
	if c.Backoff <= 0 {
		c.Backoff = time.Second
	}
	if c.BackoffMax <= 0 {
		c.BackoffMax = time.Minute
	}
	if c.Intake == nil {
		c.Intake = &Gate{}
	}
	if c.Web == nil {
		c.Web = &Gate{}
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Worker pulls jobs and runs them.
type Worker struct {
	queue    cluster.Queue
	store    store.Store
	handlers map[schemas.Task]Handler
	watch    Watcher
	cfg      Config
	inWork   inWork
	stall    stall
}

// New makes a worker over a queue. The store keeps the records of jobs that are given up.
func New(q cluster.Queue, s store.Store, handlers map[schemas.Task]Handler, w Watcher, cfg Config) *Worker {
	if w == nil {
		w = Unwatched{}
	}
	return &Worker{queue: q, store: s, handlers: handlers, watch: w, cfg: cfg.withDefaults()}
}

// Run works until ctx ends, then hands back what it holds and returns nil. Another error means that the queue or the store is lost.
func (w *Worker) Run(ctx context.Context) error {
	g, ctx := errgroup.WithContext(ctx)
	pull, stop := context.WithCancel(ctx)
	defer stop()
	if drained(w.cfg.Drain) {
		return nil
	}
	if w.cfg.Drain != nil {
		go func() {
			defer stop()
			select {
			case <-w.cfg.Drain:
			case <-pull.Done():
			}
		}()
	}
	clock, stopClock := context.WithCancel(context.WithoutCancel(ctx)) // jobs in work may outlast ctx
	var looks sync.WaitGroup
	looks.Go(func() { w.watchClock(clock) })
	defer looks.Wait()
	defer stopClock()
	for _, stage := range w.cfg.Stages {
		for range w.cfg.Concurrency {
			g.Go(func() error { return w.pull(pull, ctx, stage) })
		}
	}
	return g.Wait()
}

// pull runs one job of a stage after the other until pull ends; the job in work goes on until ctx does.
func (w *Worker) pull(pull, ctx context.Context, stage schemas.Stage) error {
	for {
		open, done := w.pass(pull, stage)
		d, err := w.queue.Pull(open, stage)
		shut := open.Err() != nil
		done()
		switch {
		case pull.Err() != nil, errors.Is(err, cluster.ErrClosed), shut:
			if err == nil {
				w.handBack(d)
			}
			if shut && pull.Err() == nil && !errors.Is(err, cluster.ErrClosed) {
				continue
			}
			return nil
		case err != nil:
			return err
		}
		if err := w.run(ctx, d); err != nil {
			return err
		}
	}
}

// pass waits until jobs of a stage may be begun, and returns a context that ends with ctx and when they may not any more. done
// ends the watch.
func (w *Worker) pass(ctx context.Context, stage schemas.Stage) (open context.Context, done func()) {
	intake, ended := w.cfg.Intake.pass(ctx)
	if !asksWeb(stage) {
		return intake, ended
	}
	both, endedToo := w.cfg.Web.pass(intake)
	return both, func() {
		endedToo()
		ended()
	}
}
