package control

import (
	"context"
	"errors"
	"hash/maphash"
	"path"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// talliedTogether is how many records are read side by side.
const talliedTogether = 16

// tallies adds up the commit records of runs, for people: each record is read once while the process lives. It decides
// nothing. Of a run that is over, only the sums are kept.
type tallies struct {
	store store.Store

	mu  sync.Mutex // guards all
	all map[string]*tally
}

func newTallies(s store.Store) *tallies { return &tallies{store: s, all: map[string]*tally{}} }

// tally is what a run's records add up to so far.
type tally struct {
	busy chan struct{} // holds one while it is brought up to date

	mu      sync.Mutex // guards what follows
	seed    maphash.Seed
	seen    map[uint64]struct{} // hashes of keys: two that are equal by chance, one in 10^9 for a run of 100,000 jobs, hide one record
	records int
	counts  schemas.Counts
	stages  map[schemas.Stage]*stageTally
	dataset string // of the latest generation that was released
	version int    // that generation
	partial bool   // records are there that were not read yet
	final   int    // how many decisions there were when the run was over and everything was read; 0: not yet
}

// stageTally is one stage's part of a tally.
type stageTally struct {
	jobs, plannedJobs int
	rows, plannedRows int64
}

// of returns a run's tally, brought up to date as far as a budget of time allows: a run with many records is read bit by
// bit, by those who ask for it.
func (t *tallies) of(ctx context.Context, run string, now schemas.Standing, budget time.Duration) (*tally, error) {
	x := t.get(run)
	select {
	case x.busy <- struct{}{}:
		defer func() { <-x.busy }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if x.settled(now) {
		return x, nil
	}
	err := x.refresh(ctx, t.store, run, time.Now().Add(budget))
	if err == nil {
		x.settle(now)
	}
	return x, err
}

func (t *tallies) get(run string) *tally {
	t.mu.Lock()
	defer t.mu.Unlock()
	x := t.all[run]
	if x == nil {
		x = &tally{busy: make(chan struct{}, 1), seed: maphash.MakeSeed()}
		x.reset()
		t.all[run] = x
	}
	return x
}

// reset begins anew. The caller holds mu, or is alone.
func (x *tally) reset() {
	x.seen, x.records, x.counts, x.final = map[uint64]struct{}{}, 0, schemas.Counts{}, 0
	x.dataset, x.version = "", 0
	x.stages, x.partial = map[schemas.Stage]*stageTally{}, true
}

// settled tells whether nothing can have come since the run was over. If the run has been taken up since, everything is read
// again.
func (x *tally) settled(now schemas.Standing) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.final != 0 && x.final != now.Decisions {
		x.reset()
	}
	return x.final != 0
}

// settle forgets which records were read, if no more can come.
func (x *tally) settle(now schemas.Standing) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if now.State.Over() && !x.partial {
		x.final, x.seen = now.Decisions, nil
	}
}

var errBudget = errors.New("time is up")

// refresh reads the records that have come since, until a time.
func (x *tally) refresh(ctx context.Context, s store.Store, run string, until time.Time) error {
	var g errgroup.Group
	g.SetLimit(talliedTogether)
	prefix := store.Run(run) + "commits/"
	var err error
	for info, lerr := range s.List(ctx, prefix) {
		if err = lerr; err != nil {
			break
		}
		if time.Now().After(until) {
			err = errBudget
			break
		}
		if h := maphash.String(x.seed, info.Key); !x.has(h) {
			g.Go(func() error { return x.read(ctx, s, info.Key, h) })
		}
	}
	err = errors.Join(err, g.Wait())
	x.mu.Lock()
	defer x.mu.Unlock()
	x.partial = errors.Is(err, errBudget)
	if x.partial {
		return nil
	}
	return err
}

func (x *tally) has(h uint64) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	_, ok := x.seen[h]
	return ok
}

func (x *tally) read(ctx context.Context, s store.Store, key string, h uint64) error {
	var rec schemas.Commit
	if err := ledger.ReadJSON(ctx, s, key, &rec); err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.seen[h] = struct{}{}
	x.records++
	x.add(rec)
	return nil
}

// add takes in one record. The caller holds mu.
func (x *tally) add(rec schemas.Commit) {
	x.counts.Add(rec.Counts)
	own := x.stage(rec.Job.Stage())
	own.jobs++
	for _, o := range rec.Of(schemas.RolePart) {
		for _, stage := range []schemas.Stage{schemas.StageFetch, schemas.StagePublish} {
			if strings.Contains(o.Key, "/parts/"+string(stage)+"/") {
				x.stage(stage).plannedJobs++
				x.stage(stage).plannedRows += o.Rows
			}
		}
	}
	switch rec.Job.Task {
	case schemas.TaskWalk:
		own.rows += rec.Counts.Pages
	case schemas.TaskFetch:
		own.rows += rec.Counts.Inputs
	case schemas.TaskDedup:
		x.stage(schemas.StageEmbed).plannedRows += rec.Counts.Distinct
	case schemas.TaskEmbed:
		own.rows += rec.Counts.Embedded
	case schemas.TaskPublish:
		for _, o := range rec.Of(schemas.RoleTar) {
			own.rows += o.Rows
		}
	case schemas.TaskRelease:
		for _, o := range rec.Of(schemas.RoleManifest) {
			if rec.Job.Generation >= x.version {
				x.dataset, x.version = path.Dir(o.Key)+"/", rec.Job.Generation
			}
		}
	}
}

func (x *tally) stage(s schemas.Stage) *stageTally {
	if x.stages[s] == nil {
		x.stages[s] = &stageTally{}
	}
	return x.stages[s]
}
