package workers

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"pairmill/schemas"
)

// ErrHalted is why a run stands still although nothing is broken: a budget is used up, or one reason is taking over. The
// run goes on from there when it is driven again.
var ErrHalted = errors.New("run halted")

// GuardConfig bounds what one invocation may do. 0 is off.
type GuardConfig struct {
	MaxBytes int64         // received by fetch jobs that committed, in the whole run
	MaxTime  time.Duration // of this invocation
	Anomaly  AnomalyConfig
}

// Guard is a Watcher that halts a run: softly, at the end of the shards in work, when a budget is used up; at once, so that
// their rows are not lost to it, when one reason takes over.
type Guard struct {
	Watcher
	cfg   GuardConfig
	bytes atomic.Int64
	odd   *anomalies

	once sync.Once
	soft chan struct{} // closed by the halt
	hard context.CancelCauseFunc
	mu   sync.Mutex
	why  error
}

// NewGuard guards a run that has received bytes already, and passes everything on. The context that it returns ends with
// an *Anomaly as its cause; Drive must run in it.
func NewGuard(ctx context.Context, cfg GuardConfig, bytes int64, next Watcher) (*Guard, context.Context) {
	ctx, cancel := context.WithCancelCause(ctx)
	g := &Guard{Watcher: next, cfg: cfg, odd: newAnomalies(cfg.Anomaly), soft: make(chan struct{}), hard: cancel}
	g.bytes.Store(bytes)
	if cfg.MaxTime > 0 {
		timer := time.AfterFunc(cfg.MaxTime, func() {
			g.halt(fmt.Errorf("%w: max_seconds %g are over", ErrHalted, cfg.MaxTime.Seconds()), false)
		})
		context.AfterFunc(ctx, func() { timer.Stop() })
	}
	g.check()
	return g, ctx
}

// Drain is closed when no further shard may be begun.
func (g *Guard) Drain() <-chan struct{} { return g.soft }

// Halted returns why the run was halted, or nil.
func (g *Guard) Halted() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.why
}

// Close frees the context.
func (g *Guard) Close() { g.hard(nil) }

// Row looks for a reason that takes over.
func (g *Guard) Row(job schemas.Job, x Item) {
	g.Watcher.Row(job, x)
	if job.Task != schemas.TaskFetch {
		return
	}
	if a := g.odd.row(x); a != nil {
		g.halt(fmt.Errorf("%w: %w", ErrHalted, a), true)
	}
}

// Committed counts the bytes of finished shards.
func (g *Guard) Committed(c schemas.Commit) {
	g.Watcher.Committed(c)
	if c.Job.Task == schemas.TaskFetch {
		g.bytes.Add(c.Counts.Bytes)
		g.check()
	}
}

func (g *Guard) check() {
	if n := g.bytes.Load(); g.cfg.MaxBytes > 0 && n >= g.cfg.MaxBytes {
		g.halt(fmt.Errorf("%w: %d bytes received, max_bytes is %d", ErrHalted, n, g.cfg.MaxBytes), false)
	}
}

func (g *Guard) halt(why error, now bool) {
	g.once.Do(func() {
		g.mu.Lock()
		g.why = why
		g.mu.Unlock()
		close(g.soft)
		if now {
			g.hard(why)
		}
	})
}
