package verify

import (
	"context"
	"errors"
	"fmt"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// settings is what the rows of a run were made by. What could not be read is not known, and what follows from it is not
// checked: it has been reported.
type settings struct {
	spec     *schemas.Spec       // nil = not known
	gens     schemas.Generations // nil = not known
	listings map[int]*listing    // by generation; nil = not known
}

// listing is what the plan of a generation found out about its list, as far as rows follow from it.
type listing struct {
	Columns []schemas.Column `json:"columns"`
	Heavy   []string         `json:"heavy"`
}

// settings reads a run's spec and its generations.
func (c *checker) settings(ctx context.Context, run string) settings {
	return settings{spec: c.spec(ctx, run), gens: c.generations(ctx, run), listings: map[int]*listing{}}
}

// spec reads a run's spec.
func (c *checker) spec(ctx context.Context, run string) *schemas.Spec {
	key := store.SpecKey(run)
	if c.cfg.ReadSpec == nil || c.broken[key] {
		return nil
	}
	data, err := store.ReadAll(ctx, c.store, key, jsonLimit)
	if err != nil {
		c.reportAt(whole(key), Missing, "", "the run's spec", err)
		return nil
	}
	spec, err := c.cfg.ReadSpec(key, data)
	if err != nil {
		c.reportAt(whole(key), Decode, "", "", err)
		return nil
	}
	return &spec
}

// generations checks the records of a run's passes, which no commit record names. The first needs none.
func (c *checker) generations(ctx context.Context, run string) schemas.Generations {
	all, known := schemas.Generations{{Version: schemas.Version, To: 1}}, true
	for info, err := range c.store.List(ctx, store.GenerationPrefix(run)) {
		if err != nil {
			c.fail(err)
			return nil
		}
		before := c.found[info.Key]
		g, ok := canonical[schemas.Generation](ctx, c, info.Key)
		if ok {
			c.generation(whole(info.Key), run, len(all), g)
		}
		switch {
		case !ok || c.found[info.Key] > before:
			c.gaps, known = true, false
		case g.Number == 0:
			all[0] = g
		default:
			all = append(all, g)
		}
	}
	if !known {
		return nil
	}
	return all
}

// generation checks the record of a pass before which n stand.
func (c *checker) generation(p at, run string, n int, g schemas.Generation) {
	equal(c, p, Record, "v", schemas.Version, g.Version)
	if g.Number != 0 || n > 1 {
		equal(c, p, Record, "number", n, g.Number)
	}
	equal(c, p, Record, "number", p.object, store.GenerationKey(run, g.Number))
	for i, r := range g.Retry {
		c.reason(p, fmt.Sprintf("retry.%d", i), r)
	}
	if g.From < 0 || g.To > 1 || g.From > g.To {
		c.reportAt(p, Record, "from, to", "parts of 1, in order", fmt.Sprintf("%v, %v", g.From, g.To))
	}
}

// usage checks what processes say that they spent on a run: it must read.
func (c *checker) usage(ctx context.Context, run string) {
	for info, err := range c.store.List(ctx, store.UsagePrefix(run)) {
		if err != nil {
			c.fail(err)
			return
		}
		if u, ok := canonical[schemas.Usage](ctx, c, info.Key); ok {
			equal(c, whole(info.Key), Record, "v", schemas.Version, u.Version)
		}
	}
}

// decisions checks what was decided about a run of a cluster.
func (c *checker) decisions(ctx context.Context, run string) {
	numbered[schemas.Control](ctx, c, store.ControlPrefix(run), "a decision")
}

// repairs checks what repairs say that they have replaced.
func (c *checker) repairs(ctx context.Context, run string) {
	numbered[schemas.Repair](ctx, c, store.RepairsPrefix(run), "a repair")
}

// numbered checks records without a gap, each of which must read.
func numbered[T ledger.Numbered](ctx context.Context, c *checker, prefix, what string) {
	n := 0
	for info, err := range c.store.List(ctx, prefix) {
		if err != nil {
			c.fail(err)
			return
		}
		n++
		if want := store.Numbered(prefix, n); want != info.Key {
			c.reportAt(whole(info.Key), Record, "number", want, info.Key)
			return
		}
		if r, ok := canonical[T](ctx, c, info.Key); ok {
			if err := r.Check(n); err != nil {
				c.reportAt(whole(info.Key), Record, "", what, err.Error())
			}
		}
	}
}

// last is the number of the run's last generation.
func (s *settings) last() int { return max(0, len(s.gens)-1) }

// fetch is how requests were made in a generation.
func (s *settings) fetch(generation int) (schemas.Fetch, bool) {
	if s.spec == nil || generation >= len(s.gens) {
		return schemas.Fetch{}, false
	}
	if f := s.gens[generation].Fetch; f != nil {
		return *f, true
	}
	return s.spec.Fetch, true
}

// listing returns what a generation's plan says of its list, or nil.
func (j *jobs) listing(ctx context.Context, generation int) *listing {
	if l, ok := j.set.listings[generation]; ok {
		return l
	}
	var l *listing
	plan := schemas.NewJob(j.run, schemas.TaskPlan, schemas.GroupAll, schemas.GroupAll, "")
	plan.Generation = generation
	rec, _, err := readCanonical[schemas.Commit](ctx, j.c, store.CommitKey(plan))
	for _, o := range rec.Of(schemas.RoleListing) {
		var read listing
		if err == nil && !j.c.broken[o.Key] && j.c.readJSON(ctx, o.Key, &read) == nil {
			l = &read
		}
	}
	j.set.listings[generation] = l
	return l
}

// finishJob is the job that ends a generation of a run that delivers.
func finishJob(run string, generation int) schemas.Job {
	job := schemas.NewJob(run, schemas.TaskFinish, schemas.GroupAll, schemas.GroupAll, "")
	job.Generation = generation
	return job
}

// ended returns the job after which nothing follows, if it is done.
func (c *checker) ended(ctx context.Context, run string, s settings) (schemas.Job, bool) {
	for _, job := range []schemas.Job{releaseJob(run, s.last()), finishJob(run, s.last())} {
		if c.exists(ctx, store.CommitKey(job)) {
			return job, true
		}
	}
	return schemas.Job{}, false
}

// errNoRows is a table that is said to have fewer rows than are asked for.
var errNoRows = errors.New("the table ends before")
