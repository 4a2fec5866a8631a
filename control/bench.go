package control

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"pairmill/internal/metrics"
	"pairmill/schemas"
	"pairmill/workers"
)

// bench keeps a worker from asking the web when one reason has taken over among its rows: it takes no such jobs, and hands back
// those that it has. Whether the fault is its own or everybody's it cannot know. It says what it has seen (workers.Sentry.Watches)
// and goes by what is decided about the run in the store: in another term, or when the run does not go on, it takes jobs again.
// If nothing is decided, others do well, and it tries again after a while, each time a longer one.
type bench struct {
	gate    *workers.Gate
	sentry  *workers.Sentry
	forgive func(of func(run string) bool)                                  // forgets what is held against hosts that did not answer
	stop    func() int                                                      // hands back the jobs in work that ask the web
	stand   func(ctx context.Context, run string) (schemas.Standing, error) // what is decided about a run
	odd     workers.AnomalyConfig                                           // but for the share, which is the run's
	metrics *metrics.Set
	log     *slog.Logger

	mu    sync.Mutex     // guards what follows
	terms map[string]int // of the runs for which it keeps from the web
	until time.Time      // when it tries again
	wait  time.Duration  // how long it waits this time
	back  time.Time      // when it took jobs again last
	sorry complaint
}

const (
	// benchEvery is how often a worker that keeps from the web looks whether it may go on.
	benchEvery = 2 * time.Second
	// benchFirst is how long a worker keeps from the web that has seen an anomaly which others have not; each time twice as
	// long, up to benchMost. A trial costs a window of requests, and no row: the jobs are handed back.
	benchFirst, benchMost = time.Minute, 30 * time.Minute
	// benchWell is for how long it must have done well to begin with benchFirst once more.
	benchWell = 15 * time.Minute
)

// begin has the rows of a run watched as is decided about it now. It must not keep the run from going on: while the decisions
// cannot be read, those that were read last hold.
func (b *bench) begin(ctx context.Context, run string) {
	now, err := b.stand(ctx, run)
	if err != nil {
		b.complain(ctx, run, err)
		return
	}
	cfg := b.odd
	cfg.Share = now.Limits.Anomaly
	if b.sentry.Watch(run, now.Term, cfg) {
		b.forgive(func(r string) bool { return r == run }) // what is held against hosts may be what the run was halted for
	}
}

func (b *bench) complain(ctx context.Context, run string, err error) {
	b.mu.Lock()
	due := ctx.Err() == nil && b.sorry.due(err)
	b.mu.Unlock()
	if due {
		b.log.Warn("read what is decided about a run", "run", run, "error", err)
	}
}

// found takes the worker off the web.
func (b *bench) found(run string, term int, a *workers.Anomaly) {
	b.mu.Lock()
	if len(b.terms) == 0 {
		if b.wait *= 2; b.wait == 0 || time.Since(b.back) > benchWell {
			b.wait = benchFirst
		}
		b.wait = min(b.wait, benchMost)
		b.until = time.Now().Add(b.wait)
	}
	b.terms[run] = term
	wait := b.wait
	b.gate.Shut(fmt.Sprintf("anomaly: %s, in run %s; takes no jobs that ask the web until %s, or until the run is paused or resumed",
		a.String(), run, b.until.UTC().Format("15:04:05Z")))
	b.mu.Unlock()
	n := b.stop()
	b.metrics.IntakePaused("anomaly", true)
	b.log.Warn("one reason takes over among the rows of this worker: it hands back its jobs that ask the web, and takes none", "run", run,
		"handed_back", n, "for", wait, "error", a)
}

// run looks whether the worker may go on until ctx ends.
func (b *bench) run(ctx context.Context) error {
	for sleep(ctx, benchEvery) {
		b.look(ctx)
	}
	return nil
}

func (b *bench) look(ctx context.Context) {
	b.mu.Lock()
	terms, again := maps.Clone(b.terms), !time.Now().Before(b.until)
	b.mu.Unlock()
	for _, run := range slices.Sorted(maps.Keys(terms)) {
		if decided := b.decided(ctx, run, terms[run]); decided || again {
			b.release(run, decided)
		}
	}
}

// decided tells whether what was seen of a run does not count any more.
func (b *bench) decided(ctx context.Context, run string, term int) bool {
	now, err := b.stand(ctx, run)
	if err != nil {
		b.complain(ctx, run, err)
		return false
	}
	return now.Term != term || now.State != schemas.RunRunning && !now.Submitted.IsZero()
}

// release forgets what was seen of a run; when nothing else is in the way, the worker goes on. If it was decided, the fault was
// not this worker's own.
func (b *bench) release(run string, decided bool) {
	b.sentry.Anew(run)
	b.mu.Lock()
	defer b.mu.Unlock()
	if delete(b.terms, run); decided {
		b.wait = 0
	}
	if len(b.terms) > 0 {
		return
	}
	b.back = time.Now()
	b.forgive(func(string) bool { return true })
	b.gate.Open()
	b.metrics.IntakePaused("anomaly", false)
	b.log.Info("takes jobs that ask the web again", "run", run, "decided", decided)
}

// problems is why the worker is not ready.
func (b *bench) problems() []string {
	if why := b.gate.Why(); why != "" {
		return []string{why}
	}
	return nil
}

// benched is the fetch of a worker with a bench.
type benched struct {
	workers.Handler
	*bench
}

// Handle reads what is decided about the run before it fetches.
func (f benched) Handle(ctx context.Context, job schemas.Job) ([]schemas.Job, error) {
	f.begin(ctx, job.Run)
	return f.Handler.Handle(ctx, job)
}

// newBench keeps one worker; stop and forgive are set by the caller, who makes the worker with the gate.
func newBench(cfg WorkerConfig, log *slog.Logger, watch workers.Watcher) *bench {
	decisions := newRunBook(cfg.Deps.Store)
	b := &bench{
		gate: &workers.Gate{}, odd: cfg.Anomaly, metrics: cfg.Metrics, log: log, terms: map[string]int{},
		stand: func(ctx context.Context, run string) (schemas.Standing, error) {
			all, err := decisions.one(ctx, run)
			return schemas.Stand(all), err
		},
	}
	b.sentry = workers.NewSentry(b.found, watch)
	b.metrics.IntakePaused("anomaly", false)
	return b
}
