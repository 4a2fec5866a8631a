package control

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"pairmill/schemas"
	"pairmill/store/ledger"
)

const (
	// derivesTogether is how many runs are derived side by side: each lists much of its part of the store.
	derivesTogether = 2
	// deriveAgain is how often a run is derived although nothing seems to be missing.
	deriveAgain = time.Minute
	// deriveShare is how much of the time deriving one run may take: a run that takes a minute to derive is derived every 20.
	deriveShare = 20
	// deriveSoon is how much of it, when the queue holds nothing of the run.
	deriveSoon = 5
)

// derives fills the queue from the store: what a run still has to do, as Reconcile finds it, is pushed. What is queued or in
// work already is pushed in vain, which changes nothing. It works beside the looks, which must not wait for a large run.
type derives struct {
	*Control
	free chan struct{}
	all  sync.WaitGroup
	life context.Context
	end  context.CancelFunc
}

// derived is what is known of a run's derivations.
type derived struct {
	mu     sync.Mutex // guards what follows
	busy   bool
	last   time.Time // when the last one that succeeded ended; zero: none in this term
	tried  time.Time // when the last one ended, however it went
	took   time.Duration
	failed bool
	wanted bool      // whatever the time: the queue has lost messages
	sorry  complaint // of the derivation under way
}

// anew has the run derived at the next look.
func (x *derived) anew() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.wanted = true
}

func newDerives(c *Control) *derives {
	d := &derives{Control: c, free: make(chan struct{}, derivesTogether)}
	d.life, d.end = context.WithCancel(context.Background())
	return d
}

// wait ends all derivations.
func (d *derives) wait() {
	d.end()
	d.all.Wait()
}

// want derives a run if it is time to: at once after a takeover, soon when the queue holds nothing of it, else seldom.
func (d *derives) want(r *tended, queued int) {
	x := r.derived
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.busy {
		return
	}
	pause := max(deriveAgain, deriveShare*x.took)
	switch {
	case x.failed:
		pause = max(5*d.cfg.Look, deriveSoon*x.took)
	case x.last.IsZero(), x.wanted:
		pause = 0
	case queued == 0:
		pause = max(d.cfg.Look/2, deriveSoon*x.took) // less than a look: at every look of a small run
	}
	if time.Since(x.tried) < pause {
		return
	}
	select {
	case d.free <- struct{}{}:
	default:
		return // the next look asks again
	}
	x.busy, x.wanted = true, false
	d.all.Go(func() {
		defer func() { <-d.free }()
		began := time.Now()
		_, added, err := d.derive(d.life, r.run)
		if err != nil && d.life.Err() == nil && x.sorry.due(err) {
			d.log.Warn("derive a run from the store", "run", r.run, "error", err)
		}
		if errors.Is(err, ledger.ErrVersion) || errors.Is(err, ledger.ErrSeal) {
			err = d.finish(d.life, r.run, schemas.RunStopped, err.Error()) // no other try reads it
		}
		if len(added) > 0 {
			d.log.Info("queued what the store says is to do and the queue did not hold", "run", r.run, "jobs", len(added), "took", time.Since(began))
		}
		x.mu.Lock()
		defer x.mu.Unlock()
		x.busy, x.tried, x.took, x.failed = false, time.Now(), time.Since(began), err != nil
		if err == nil {
			x.last = x.tried
		}
	})
}

// pushTimeout is how long pushing may take. Queues wait while they cannot be reached.
const pushTimeout = time.Minute

// derive pushes what a run still has to do, and returns that, and what of it was not in the queue.
func (c *Control) derive(ctx context.Context, run string) (open, added []schemas.Job, err error) {
	if open, err = c.handlers.Reconcile(ctx, run); err != nil {
		return nil, nil, fmt.Errorf("reconcile: %w", err)
	}
	if now, err := c.standing(ctx, run); err != nil || now.State.Over() {
		return nil, nil, err // decided meanwhile
	}
	ctx, cancel := context.WithTimeout(ctx, pushTimeout)
	defer cancel()
	if added, err = c.medium.Queue.Add(ctx, open...); err != nil {
		return nil, nil, fmt.Errorf("push %d jobs: %w", len(open), err)
	}
	return open, added, nil
}
