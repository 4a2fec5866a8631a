package control

import (
	"context"
	"errors"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"pairmill/cluster"
	"pairmill/schemas"
)

const (
	// tendedTogether is how many runs are looked at side by side.
	tendedTogether = 8
	// lookTimeout is how long one look at one run may take. A medium or a store that is away longer is met by the next look.
	lookTimeout = 30 * time.Second
)

// tender looks after every run while this process leads. It begins without knowing anything: whatever its predecessor was
// about to do is derived again.
type tender struct {
	*Control
	tended  map[string]*tended // of this term, by name; one look at a time changes it
	derives *derives
	mended  time.Time   // when the queue was looked after last
	failed  atomic.Bool // the queue, at the last look
	unmade  complaint   // of mending
	sorry   complaint

	mu     sync.Mutex                       // guards counts
	counts map[string]map[schemas.Stage]int // jobs in the queue at the last look, by run; none for runs without
}

// tended is a run that is looked after. It is used by one look at a time.
type tended struct {
	run       string
	now       schemas.Standing
	members   []cluster.Member // as they were at this look
	share     *cluster.Share   // as it was steered last; nil: not in this term
	steered   time.Time
	looked    time.Time     // when the ledger was asked for the end last
	budgeted  time.Time     // when it was asked for the budget last
	budgeting time.Duration // how long that took
	apart     complaint     // of workers whose anomaly is their own
	calm      int           // looks at which nothing was left to wind up
	derived   *derived
	sorry     complaint
}

func newTender(c *Control) *tender {
	return &tender{Control: c, tended: map[string]*tended{}, derives: newDerives(c), counts: map[string]map[schemas.Stage]int{}}
}

// run looks at all runs again and again until ctx ends.
func (t *tender) run(ctx context.Context) error {
	defer t.health.forget("tend")
	defer t.derives.wait()
	for anew := true; ; {
		t.health.beat("tend")
		err := t.look(ctx, anew)
		if ctx.Err() != nil {
			return nil
		}
		if anew = anew && err != nil; err != nil && t.sorry.due(err) {
			t.log.Warn("look at the runs", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(t.cfg.Look):
		case <-t.nudge:
		}
	}
}

// look looks at every run that was submitted. Its error may be of some of them.
func (t *tender) look(ctx context.Context, anew bool) error {
	t.mend(ctx)
	all, unread := t.runs.all(ctx, anew)
	members, err := t.medium.Presence.Members(ctx)
	if err != nil {
		return errors.Join(unread, err)
	}
	standings := make(map[string]schemas.Standing, len(all))
	for run, decisions := range all {
		standings[run] = schemas.Stand(decisions)
	}
	var g errgroup.Group
	g.SetLimit(tendedTogether)
	for run, decisions := range all {
		r := t.tended[run]
		if r == nil {
			r = &tended{run: run, derived: &derived{}}
			t.tended[run] = r
		}
		if r.now.Decisions != len(decisions) {
			r.calm, r.looked, r.budgeted = 0, time.Time{}, time.Time{}
		}
		r.now, r.members = standings[run], members
		if r.now.Submitted.IsZero() {
			continue
		}
		g.Go(func() error {
			short, cancel := context.WithTimeout(ctx, lookTimeout)
			defer cancel()
			if err := t.one(short, r, standings[r.now.After]); err != nil && ctx.Err() == nil && r.sorry.due(err) {
				t.log.Warn("look at a run", "run", r.run, "error", err)
			}
			return nil
		})
	}
	return errors.Join(unread, g.Wait())
}

// one looks at one run. before is the run that it waits for.
func (t *tender) one(ctx context.Context, r *tended, before schemas.Standing) error {
	switch {
	case r.now.State.Over():
		return t.wind(ctx, r)
	case r.now.After != "" && !before.Submitted.IsZero() && !before.Yields():
		return nil
	}
	if err := t.steer(ctx, r); err != nil {
		t.failed.Store(true)
		return err
	}
	queued, err := t.count(ctx, r)
	if err != nil {
		t.failed.Store(true)
		return err
	}
	if over, err := t.ended(ctx, r, queued); over || err != nil {
		return err
	}
	if halted, err := t.halt(ctx, r, before); halted || err != nil {
		return err
	}
	t.derives.want(r, queued)
	return nil
}

// steerAgain is how often a share is repeated: a medium may have forgotten it.
const steerAgain = 30 * time.Second

// steer mirrors the run's decisions to the queue, before anything of the run is pushed.
func (t *tender) steer(ctx context.Context, r *tended) error {
	share := shareOf(r.now)
	if r.share != nil && *r.share == share && time.Since(r.steered) < steerAgain {
		return nil
	}
	if err := t.medium.Queue.Steer(ctx, r.run, share); err != nil {
		return err
	}
	r.share, r.steered = &share, time.Now()
	return nil
}

// shareOf is what a run's decisions mean to the queue.
func shareOf(now schemas.Standing) cluster.Share {
	return cluster.Share{Weight: now.Weight, Paused: now.State == schemas.RunPaused}.Normal()
}

// count counts the run's jobs in the queue.
func (t *tender) count(ctx context.Context, r *tended) (n int, err error) {
	queued := map[schemas.Stage]int{}
	for _, stage := range schemas.Stages() {
		k, err := t.medium.Queue.Pending(ctx, r.run, stage)
		if err != nil {
			return 0, err
		}
		if k > 0 {
			queued[stage] = k
			n += k
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if delete(t.counts, r.run); n > 0 {
		t.counts[r.run] = queued
	}
	return n, nil
}

// queues is what the last look at each run found in the queue.
func (t *tender) queues() map[string]map[schemas.Stage]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.counts)
}
