package control

import (
	"context"
	"maps"
	"slices"

	"pairmill/cluster"
	"pairmill/control/api"
	"pairmill/schemas"
)

// Reconcile does now what the leader does now and then: it has the queue make again what it lacks, derives a run (every run
// that is not over, if none is named) from the store, and queues what is to do. It says what was missing. It may be asked of
// any control plane at any time: what is queued or in work already stays as it is.
func (c *Control) Reconcile(ctx context.Context, want api.Reconcile) (api.Reconciled, error) {
	out := api.Reconciled{Streams: []string{}, Consumers: []string{}, Adopted: []string{}, Runs: []api.Derived{}}
	all, err := c.toDerive(ctx, want.Run)
	if err != nil {
		return out, err
	}
	if q, ok := c.medium.Queue.(cluster.Mender); ok {
		m, err := q.Mend(ctx)
		c.tellMended(m)
		out.Streams, out.Consumers, out.Adopted = append(out.Streams, m.Streams...), append(out.Consumers, m.Consumers...), append(out.Adopted, m.Adopted...)
		if err != nil {
			return out, err
		}
	}
	for _, run := range slices.Sorted(maps.Keys(all)) {
		d, err := c.deriveNow(ctx, run, all[run])
		switch {
		case ctx.Err() != nil, err != nil && want.Run != "":
			return out, err
		case err != nil:
			c.log.Warn("derive a run from the store", "run", run, "error", err)
			d.Error = err.Error()
		}
		out.Runs = append(out.Runs, d)
	}
	return out, nil
}

// toDerive is the run that was named, or every run that is not over.
func (c *Control) toDerive(ctx context.Context, run string) (map[string]schemas.Standing, error) {
	if run != "" {
		now, err := c.standing(ctx, run)
		return map[string]schemas.Standing{run: now}, err
	}
	all, err := c.allRuns(ctx)
	maps.DeleteFunc(all, func(_ string, now schemas.Standing) bool { return now.State.Over() })
	return all, err
}

// deriveNow derives one run. Of a run that is over, or that waits for another, nothing is queued.
func (c *Control) deriveNow(ctx context.Context, run string, now schemas.Standing) (api.Derived, error) {
	d := api.Derived{Run: run, State: now.State, Open: []api.Open{}}
	if now.State.Over() {
		return d, nil
	}
	before, err := c.before(ctx, now)
	if err != nil {
		return d, err
	}
	if !before.Submitted.IsZero() && !before.Yields() {
		d.After = now.After
		return d, nil
	}
	if err := c.medium.Queue.Steer(ctx, run, shareOf(now)); err != nil {
		return d, err
	}
	open, added, err := c.derive(ctx, run)
	if err != nil {
		return d, err
	}
	if d.Open = api.OpenByStage(open, added); len(added) > 0 {
		c.log.Info("queued what the store says is to do and the queue did not hold", "run", run, "jobs", len(added))
	}
	return d, nil
}
