package fetch

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// timeoutError is the cause of a context that ended because of one of our own limits.
type timeoutError struct {
	doing   string
	limit   time.Duration
	setting string
}

func (e *timeoutError) Error() string {
	return fmt.Sprintf("%s took longer than %v (%s)", e.doing, e.limit, e.setting)
}

// slowError is the cause of a context that ended because a body dripped.
type slowError struct{ rate int64 }

func (e *slowError) Error() string {
	return fmt.Sprintf("the body came at under %d bytes per second (min rate)", e.rate)
}

// watch is the clock of one try. It runs only while the wire is ours to use: it stands still in the Pacer, for
// robots.txt and at the memory gate, so that our own waits are never blamed on a host. When the total is used up, or the
// body drips, it ends the try's context with the reason as its cause.
type watch struct {
	cancel context.CancelCauseFunc
	total  time.Duration
	rate   int64
	grace  time.Duration

	mu      sync.Mutex
	running bool
	resumed time.Time     // when it last began to run
	spent   time.Duration // before that
	expiry  *time.Timer

	drip  *time.Timer   // runs while a body is read
	began time.Duration // of the body, on this clock
	bytes int64         // of the body, on the wire
}

// newWatch returns a watch that stands still. It must be stopped.
func newWatch(ctx context.Context, c Config) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{cancel: cancel, total: c.Timeout, rate: c.MinRate, grace: c.MinRateGrace}
	w.expiry = time.AfterFunc(w.total, func() {
		cancel(&timeoutError{"the request", w.total, "timeout"})
	})
	w.expiry.Stop()
	w.drip = time.AfterFunc(w.total, w.checkRate)
	w.drip.Stop()
	return ctx, w
}

func (w *watch) resume() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running, w.resumed = true, time.Now()
	w.expiry.Reset(w.total - w.spent)
	if w.began > 0 {
		w.drip.Reset(w.patience())
	}
}

func (w *watch) pause() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spent = w.elapsed()
	w.running = false
	w.expiry.Stop()
	w.drip.Stop()
}

// rewind takes back what was spent since then. The watch stands still.
func (w *watch) rewind(spent time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spent = spent
}

// stop ends the watch and its context.
func (w *watch) stop() {
	w.pause()
	w.cancel(nil)
}

// elapsed is how long the watch has run. The caller holds the lock.
func (w *watch) elapsed() time.Duration {
	if !w.running {
		return w.spent
	}
	return w.spent + time.Since(w.resumed)
}

// took is how long the wire was used.
func (w *watch) took() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.elapsed()
}

// still tells whether the clock stands still.
func (w *watch) still() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.running
}

// body begins to hold a body to the minimum rate.
func (w *watch) body() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.began, w.bytes = max(w.elapsed(), 1), 0
	w.drip.Reset(w.patience())
}

// bodyDone lifts the rule again.
func (w *watch) bodyDone() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.began = 0
	w.drip.Stop()
}

// count notes bytes that have come.
func (w *watch) count(n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bytes += int64(n)
}

// patience is how long the bytes so far excuse silence: until the grace is over or the average falls to the rate. The
// caller holds the lock.
func (w *watch) patience() time.Duration {
	earned := time.Duration(float64(w.bytes) / float64(w.rate) * float64(time.Second))
	return max(w.grace, earned) - (w.elapsed() - w.began)
}

func (w *watch) checkRate() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.running || w.began == 0 {
		return
	}
	if left := w.patience(); left > 0 {
		w.drip.Reset(left)
		return
	}
	w.cancel(&slowError{w.rate})
}
