package control

import (
	"context"
	"errors"

	"pairmill/internal/specfile"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/workers"
)

// checkSince refuses a run that cannot be since another.
func (c *Control) checkSince(ctx context.Context, spec schemas.Spec, since string) error {
	_, err := workers.Base(ctx, c.cfg.Store, specfile.Parse, spec, since)
	if workers.IsPermanent(err) {
		return invalid("%v", err)
	}
	return err
}

// putSince records which run a new one is since; one that is since another already is not this one. A run that has begun is what
// it is.
func (c *Control) putSince(ctx context.Context, run, since string) error {
	if since == "" {
		return nil
	}
	all, err := c.runs.one(ctx, run)
	if err != nil || !schemas.Stand(all).Submitted.IsZero() {
		return err
	}
	err = ledger.PutGeneration(ctx, c.cfg.Store, run, schemas.Generation{Version: schemas.Version, To: 1, Since: since})
	if !errors.Is(err, store.ErrConflict) {
		return err
	}
	gens, err := ledger.Generations(ctx, c.cfg.Store, run)
	if err == nil && gens[0].Since != since {
		err = conflict("there is a run %s since %q: choose another name", run, gens[0].Since)
	}
	return err
}

// latest returns the run of a schedule that its next one is since: the last that has ended well, if its pictures are what this
// spec makes. Without one, the next run asks for everything.
func (c *Control) latest(ctx context.Context, series string, spec schemas.Spec) (run string, err error) {
	if spec.Schedule != nil && spec.Schedule.Anew || spec.Source.Shards != nil {
		return "", nil
	}
	all, err := c.allRuns(ctx)
	if err != nil {
		return "", err
	}
	for name, now := range all {
		if now.Series == series && now.State == schemas.RunDone {
			run = max(run, name) // the time is behind the series' name
		}
	}
	if run == "" {
		return "", nil
	}
	err = c.checkSince(ctx, spec, run)
	if refused(err) {
		c.log.Info("the schedule begins anew", "series", series, "error", err)
		return "", nil
	}
	return run, err
}
