package workers

import (
	"context"
	"errors"
	"time"

	"pairmill/fetch"
	"pairmill/schemas"
)

const (
	// keepIdle is how long what a run has open in a process outlives its last job there: the next job of a run that goes on
	// comes sooner. A worker serves the runs of a schedule for months, and each keeps connections, robots.txt and names.
	keepIdle = 10 * time.Minute
	// mostSpecs is how many specs are remembered: some kilobytes each.
	mostSpecs = 1024
)

// usage is who uses what a run has open.
type usage struct {
	jobs int
	last time.Time // when the last of them ended
}

// enter notes a job of a run in work, until leave is called, and lets go of what idle runs have open.
func (r *Runs) enter(run string) (leave func()) {
	r.mu.Lock()
	u := r.usage[run]
	if u == nil {
		u = &usage{}
		r.usage[run] = u
	}
	u.jobs++
	idle := r.takeIdle(time.Now())
	r.mu.Unlock()
	_ = idle.close() // nothing was written to it, and nobody waits for it
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		u.jobs--
		u.last = time.Now()
	}
}

// opened is what idle runs had open.
type opened struct {
	fetchers      []*fetch.Fetcher
	recollections []*recollection
}

func (o opened) close() (err error) {
	for _, f := range o.fetchers {
		f.Close()
	}
	for _, m := range o.recollections {
		err = errors.Join(err, m.Close())
	}
	return err
}

// takeIdle takes out what belongs to runs that nobody has worked on for a while. The caller holds the lock.
func (r *Runs) takeIdle(now time.Time) (idle opened) {
	for run, u := range r.usage {
		if u.jobs > 0 || now.Sub(u.last) < keepIdle {
			continue
		}
		delete(r.usage, run)
		delete(r.pools, run)
		if m := r.recollections[run]; m != nil {
			idle.recollections = append(idle.recollections, m)
			delete(r.recollections, run)
		}
		for p, x := range r.runs {
			if p.run == run {
				idle.fetchers = append(idle.fetchers, x.Fetcher)
				r.waits.drop(x.Fetcher)
				delete(r.runs, p)
			}
		}
		for p := range r.listings {
			if p.run == run {
				delete(r.listings, p)
			}
		}
	}
	return idle
}

// Spec returns a run's spec. It opens nothing.
func (r *Runs) Spec(ctx context.Context, run string) (schemas.Spec, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if spec, ok := r.specs[run]; ok {
		return spec, nil
	}
	spec, _, err := r.spec(ctx, pass{run: run})
	if err != nil {
		return spec, err
	}
	if len(r.specs) >= mostSpecs {
		clear(r.specs)
	}
	r.specs[run] = spec
	return spec, nil
}
