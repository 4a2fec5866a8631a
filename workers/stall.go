package workers

import (
	"context"
	"errors"
	"sync"
	"time"

	"pairmill/schemas"
)

const (
	// stallLook is how often a worker notes that it runs.
	stallLook = time.Second
	// stallAfter is how long it must not have run for its jobs to be begun anew: less than any time-out of a request, and more
	// than a busy machine keeps a process waiting.
	stallAfter = 5 * time.Second
)

// errStalled is why jobs in work are stopped: this process was suspended. Requests that were under way have run into time-outs,
// for which their hosts are not to blame, and the result would depend on it.
var errStalled = errors.New("this process did not run for a while")

// stall is the clock by which a worker notices that it did not run.
type stall struct {
	mu   sync.Mutex // guards last
	last time.Time  // when the process ran for sure; zero: it is not looked at
}

// look notes that the process runs, and returns for how long it did not, if that is too long.
func (s *stall) look(now time.Time) (gap time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.last.IsZero() {
		gap = now.Sub(s.last) - stallLook
	}
	s.last = now
	if gap < stallAfter {
		return 0
	}
	return gap
}

// over tells whether the process has stood still since the last look.
func (s *stall) over(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.last.IsZero() && now.Sub(s.last)-stallLook >= stallAfter
}

// stallKey finds a worker's stall in a context.
type stallKey struct{}

// ranThrough is an error if the process has stood still during a job, and what it has found must not be committed.
func ranThrough(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if s, ok := ctx.Value(stallKey{}).(*stall); ok && s.over(time.Now()) {
		return errStalled
	}
	return nil
}

// watchClock stops the jobs in work when the process has stood still, until ctx ends. They are handed back, uncounted; whoever
// has them by now keeps them.
func (w *Worker) watchClock(ctx context.Context) {
	tick := time.NewTicker(stallLook)
	defer tick.Stop()
	w.stall.look(time.Now())
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if gap := w.stall.look(time.Now()); gap > 0 {
				n := w.inWork.stop(errStalled, func(schemas.Job) bool { return true })
				w.cfg.Log.Warn("this process did not run for a while: jobs in work are begun anew, by whoever has them now", "for", gap.Round(time.Millisecond), "jobs", n)
			}
		}
	}
}
