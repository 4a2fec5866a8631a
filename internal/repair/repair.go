package repair

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"pairmill/internal/verify"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/workers"
)

// Config of a repair. Verify.ReadSpec and Deps.ReadSpec are required.
type Config struct {
	// Deps are what jobs are done with again. Their store is the repair's own.
	Deps workers.Deps

	// Verify is how damage is looked for.
	Verify verify.Config

	// DryRun looks, and changes nothing.
	DryRun bool

	// Version of the program, for the records of what was changed.
	Version string

	// Tell is called with each object's outcome as it is known. Default: nobody is told.
	Tell func(Outcome)

	// Begin is called before a job is done again, with the number of requests that it takes at most. Default: nobody is told.
	Begin func(job schemas.Job, requests int)
}

// repair is the repair of one run in work, used by one goroutine.
type repair struct {
	store store.Store
	run   string
	cfg   Config

	found     map[string]*damage // by key
	order     []string           // their keys as verify found them
	damaged   map[string]bool    // keys of those that can perhaps be made again, until they are
	whole     map[string]bool    // keys of those that cannot: they are what their record says, or have none
	jobs      map[string]schemas.Commit
	twins     map[schemas.Hash][]string // objects with the content of a damaged one, damaged or not
	published []schemas.Commit
	// deliveries are records of deliveries by their fetch, without its input.
	deliveries map[schemas.Job]schemas.Commit

	told map[string]bool // an object's outcome is known

	view     *view
	handlers *workers.Handlers
	report   Report
	why      map[string]string // why the last try at an object came to nothing
}

// Run repairs a run and what its records name: shards that it delivered, versions of its dataset.
func Run(ctx context.Context, s store.Store, run string, cfg Config) (rep Report, err error) {
	if cfg.Tell == nil {
		cfg.Tell = func(Outcome) {}
	}
	if cfg.Begin == nil {
		cfg.Begin = func(schemas.Job, int) {}
	}
	r := &repair{
		store: s, run: run, cfg: cfg, found: map[string]*damage{}, damaged: map[string]bool{}, whole: map[string]bool{}, jobs: map[string]schemas.Commit{},
		twins: map[schemas.Hash][]string{}, deliveries: map[schemas.Job]schemas.Commit{}, told: map[string]bool{}, why: map[string]string{},
	}
	if err := r.find(ctx); err != nil || len(r.found) == 0 {
		return r.report, err
	}
	if n, err := r.reseal(ctx); err != nil {
		return r.report, err
	} else if n > 0 { // what was found beside them may have followed from them
		clear(r.found)
		r.order = nil
		if err := r.find(ctx); err != nil || len(r.found) == 0 {
			return r.report, err
		}
	}
	if err := r.index(ctx); err != nil {
		return r.report, err
	}
	r.view = newView(s, r.damaged, cfg.Verify.Dir)
	defer func() { err = errors.Join(err, r.view.forget()) }()
	deps := cfg.Deps
	deps.Store = r.view
	r.handlers = workers.NewHandlers(deps)
	defer func() { err = errors.Join(err, r.handlers.Close()) }()
	for _, key := range r.order {
		if !r.damaged[key] && !r.told[key] {
			r.whole[key] = true
		}
	}
	if err := r.copies(ctx); err != nil {
		return r.report, err
	}
	if err := r.resume(ctx); err != nil {
		return r.report, err
	}
	return r.report, r.redoAll(ctx)
}

// tell passes an outcome on. A repaired object is visible to jobs from here on.
func (r *repair) tell(o Outcome) {
	o.Damage, r.told[o.Object] = r.found[o.Object].check, true
	if o.Way != Left {
		delete(r.damaged, o.Object)
		delete(r.whole, o.Object)
	}
	r.report.Add(o)
	r.cfg.Tell(o)
}

// copies takes what has a whole twin.
func (r *repair) copies(ctx context.Context) error {
	for _, key := range r.order {
		if !r.damaged[key] || r.found[key].file {
			continue
		}
		d := r.found[key]
		for _, twin := range r.twins[d.object.SHA256] {
			if twin == key || r.found[twin] != nil {
				continue
			}
			if err := r.copy(ctx, twin, d); err != nil {
				return err
			}
			r.tell(Outcome{Object: key, Way: Copied, From: twin})
			break
		}
	}
	return nil
}

// copy makes a damaged object of a whole one.
func (r *repair) copy(ctx context.Context, twin string, d *damage) error {
	if r.cfg.DryRun {
		return nil
	}
	o, err := r.store.Open(ctx, twin)
	if err != nil {
		return err
	}
	defer o.Close()
	return r.place(ctx, d, blob{o, d.object.SHA256})
}

// blob is an open object whose sha256 is known.
type blob struct {
	store.Object
	sum schemas.Hash
}

// Size implements store.Blob.
func (b blob) Size() int64 { return b.Info().Size }

// SHA256 implements store.Blob.
func (b blob) SHA256() schemas.Hash { return b.sum }

// place puts content in the place of a damaged object, and reads it back.
func (r *repair) place(ctx context.Context, d *damage, b store.Blob) error {
	key := d.object.Key
	if err := r.replace(ctx, key, b); err != nil {
		return err
	}
	sum, err := r.sum(ctx, key)
	if err == nil && sum != b.SHA256() {
		err = fmt.Errorf("read back: %w", store.ErrMismatch)
	}
	if err != nil {
		return fmt.Errorf("repair %s: %w", key, err)
	}
	return nil
}

// replace puts content at a key at which something damaged stands, or nothing: a server that has lost an object may go on to
// refuse that it is created.
func (r *repair) replace(ctx context.Context, key string, b store.Blob) error {
	over, ok := r.store.(store.Replacer)
	if !ok {
		return fmt.Errorf("replace %s: the store replaces nothing", key)
	}
	return over.Replace(ctx, key, b)
}

// ranks orders tasks as data flows, so that most jobs are tried when their inputs are whole. What it gets wrong takes a
// second try.
var ranks = func() map[schemas.Task]int {
	order := []schemas.Task{
		schemas.TaskPlan, schemas.TaskRecall, schemas.TaskScan, schemas.TaskCut, schemas.TaskGather, schemas.TaskWalk, schemas.TaskRoute, schemas.TaskExchange,
		schemas.TaskFetch, schemas.TaskDedup, schemas.TaskEmbed, schemas.TaskSelect, schemas.TaskCurate, schemas.TaskPublish,
		schemas.TaskDeliver, schemas.TaskTally, schemas.TaskRelease, schemas.TaskFinish,
	}
	m := map[schemas.Task]int{}
	for i, t := range order {
		m[t] = i
	}
	return m
}()

// pending returns the records of jobs that made something that is damaged, in the order in which to try them.
func (r *repair) pending() []schemas.Commit {
	all := slices.DeleteFunc(slices.Collect(maps.Values(r.jobs)), func(rec schemas.Commit) bool { return len(r.of(rec.Job)) == 0 })
	slices.SortFunc(all, func(a, b schemas.Commit) int {
		return cmp.Or(cmp.Compare(a.Job.Generation, b.Job.Generation), cmp.Compare(ranks[a.Job.Task], ranks[b.Job.Task]), cmp.Compare(a.Job.ID(), b.Job.ID()))
	})
	return all
}

// of returns the damaged objects that a job's record names, in the order in which they were found.
func (r *repair) of(job schemas.Job) (keys []string) {
	for _, key := range r.order {
		if r.damaged[key] && slices.Contains(r.found[key].makers, job) {
			keys = append(keys, key)
		}
	}
	return keys
}

// redoAll does jobs again until no further object comes of it.
func (r *repair) redoAll(ctx context.Context) error {
	for before := -1; before != len(r.damaged); {
		before = len(r.damaged)
		for _, rec := range r.pending() {
			if len(r.of(rec.Job)) == 0 {
				continue // another job of this round made it
			}
			if err := r.redo(ctx, rec); err != nil {
				return err
			}
		}
	}
	if err := r.lookAgain(ctx); err != nil {
		return err
	}
	for _, key := range r.order {
		if r.damaged[key] || r.whole[key] {
			why := r.why[key]
			if r.whole[key] || r.found[key].object.Role == schemas.RoleSpec {
				why = r.unmade(key)
			}
			r.tell(Outcome{Object: key, Way: Left, Why: why})
		}
	}
	return nil
}

// lookAgain forgets what was blamed although it is what its record says, where that followed from what has been repaired since.
func (r *repair) lookAgain(ctx context.Context) error {
	if len(r.whole) == 0 || r.cfg.DryRun || r.report.Repaired+r.report.Changed == 0 {
		return nil
	}
	still := map[string]bool{}
	for f, err := range verify.Run(ctx, r.store, r.run, r.cfg.Verify) {
		if err != nil {
			return err
		}
		still[f.Object] = still[f.Object] || !f.Check.Note()
	}
	maps.DeleteFunc(r.whole, func(key string, _ bool) bool { return !still[key] })
	return nil
}
