package control

import (
	"cmp"
	"context"
	"time"

	"pairmill/cluster"
	"pairmill/control/api"
	"pairmill/schemas"
)

// standing reads how a run stands. A run that was not submitted to the cluster is a refusal.
func (c *Control) standing(ctx context.Context, run string) (schemas.Standing, error) {
	if !schemas.ValidName(run) {
		return schemas.Standing{}, invalid("run name %q: want 1 to 64 of a-z, 0-9 and inner hyphens", run)
	}
	all, err := c.runs.one(ctx, run)
	if err != nil {
		return schemas.Standing{}, err
	}
	now := schemas.Stand(all)
	if now.Submitted.IsZero() {
		return now, absent("there is no run %s in this cluster (pairmill runs lists them, pairmill submit makes one)", run)
	}
	return now, nil
}

// decide records a decision about a run that stands. choose returns what to record, or nil when it is so already.
func (c *Control) decide(ctx context.Context, run, by string, choose func(now schemas.Standing) (*schemas.Control, error)) (schemas.Standing, error) {
	if _, err := c.standing(ctx, run); err != nil {
		return schemas.Standing{}, err
	}
	var made *schemas.Control
	all, err := c.runs.append(ctx, run, func(all []schemas.Control, number int) (*schemas.Control, error) {
		made = nil
		d, err := choose(schemas.Stand(all))
		if d == nil || err != nil {
			return nil, err
		}
		d.Version, d.Number, d.Time, d.By = schemas.Version, number, time.Now().UTC(), signed(by)
		d.Text = cluster.Line(d.Text)
		made = d
		return d, nil
	})
	if err == nil && made != nil {
		c.logDecision(run, *made)
	}
	c.lookNow()
	return schemas.Stand(all), err
}

// logDecision leaves a line where people look for what happened to a run.
func (c *Control) logDecision(run string, d schemas.Control) {
	attrs := []any{"run", run, "action", d.Action, "by", d.By}
	for _, a := range []struct{ key, value string }{{"outcome", string(d.Outcome)}, {"series", d.Series}, {"after", d.After}, {"text", d.Text}} {
		if a.value != "" {
			attrs = append(attrs, a.key, a.value)
		}
	}
	if d.Weight > 0 {
		attrs = append(attrs, "weight", d.Weight)
	}
	if d.Limits != nil {
		attrs = append(attrs, "max_bytes", d.Limits.MaxBytes, "max_seconds", d.Limits.MaxSeconds, "anomaly", d.Limits.Anomaly)
	}
	if d.Halt == "" {
		c.log.Info("decided", attrs...)
		return
	}
	if attrs = append(attrs, "halt", d.Halt); d.Anomaly != nil {
		for _, x := range d.Anomaly.Examples {
			attrs = append(attrs, "example", x.URL+": "+x.Detail)
		}
	}
	c.log.Warn("decided", attrs...)
}

// signed is who decided, as one short line.
func signed(by string) string {
	by = cluster.Line(cmp.Or(by, "unknown"))
	return by[:min(len(by), 128)]
}

// Pause keeps a run's queued jobs where they are.
func (c *Control) Pause(ctx context.Context, run, by, text string) (schemas.Standing, error) {
	return c.decide(ctx, run, by, func(now schemas.Standing) (*schemas.Control, error) {
		switch {
		case now.State.Over():
			return nil, conflict("run %s is %s: there is nothing to pause", run, now.State)
		case now.State == schemas.RunPaused:
			return nil, nil
		}
		return &schemas.Control{Action: schemas.ActionPause, Text: text}, nil
	})
}

// Cancel ends a run where it is.
func (c *Control) Cancel(ctx context.Context, run, by, text string) (schemas.Standing, error) {
	return c.decide(ctx, run, by, func(now schemas.Standing) (*schemas.Control, error) {
		switch now.State {
		case schemas.RunCancelled:
			return nil, nil
		case schemas.RunDone, schemas.RunStopped:
			return nil, conflict("run %s is %s: there is nothing to cancel", run, now.State)
		}
		return &schemas.Control{Action: schemas.ActionCancel, Text: text}, nil
	})
}

// Resume lets a run go on that was paused or cancelled, or that stopped: what stopped it is tried again. It may give it other
// limits, also while it goes on. One whose budget is used up is refused: it would be paused again at once.
func (c *Control) Resume(ctx context.Context, run string, want api.Resumption) (schemas.Standing, error) {
	now, err := c.standing(ctx, run)
	if err != nil {
		return now, err
	}
	if err := c.affords(ctx, run, now, want.Apply(now.Limits)); err != nil {
		return now, err
	}
	if now.State == schemas.RunStopped || now.State == schemas.RunCancelled {
		// Before the decision: the leader would find the run stopped once more.
		if err := c.handlers.Reopen(ctx, run); err != nil {
			return now, err
		}
	}
	return c.decide(ctx, run, want.By, func(now schemas.Standing) (*schemas.Control, error) {
		d := &schemas.Control{Action: schemas.ActionResume, Text: want.Text}
		if limits := want.Apply(now.Limits); limits != now.Limits {
			d.Limits = &limits
		}
		switch {
		case now.State == schemas.RunRunning && d.Limits == nil:
			return nil, nil
		case now.State == schemas.RunDone:
			return nil, conflict("run %s is done: pairmill retry asks again for what was dropped, and another spec is another run", run)
		}
		return d, nil
	})
}

// before reads how the run stands that a run waits for, or waited for; the zero Standing if it waits for none.
func (c *Control) before(ctx context.Context, now schemas.Standing) (schemas.Standing, error) {
	if now.After == "" {
		return schemas.Standing{}, nil
	}
	all, err := c.runs.one(ctx, now.After)
	return schemas.Stand(all), err
}

// affords refuses limits of which a run has used one up.
func (c *Control) affords(ctx context.Context, run string, now schemas.Standing, limits schemas.Limits) error {
	if err := checkLimits(limits); err != nil {
		return err
	}
	if now.State == schemas.RunDone || limits.MaxBytes == 0 && limits.MaxSeconds == 0 {
		return nil
	}
	before, err := c.before(ctx, now)
	if err != nil {
		return err
	}
	x, err := c.tallies.of(ctx, run, now, statusBudget)
	if err != nil {
		return err
	}
	if text := exhausted(limits, x.received(), ranAlone(now, before)); text != "" {
		return conflict("run %s cannot go on: %s (--max-bytes and --max-seconds set others, 0 sets none)", run, text)
	}
	return nil
}

// Prioritize gives a run another share of the workers.
func (c *Control) Prioritize(ctx context.Context, run, by string, weight int) (schemas.Standing, error) {
	if err := checkWeight(weight); err != nil {
		return schemas.Standing{}, err
	}
	return c.decide(ctx, run, by, func(now schemas.Standing) (*schemas.Control, error) {
		if now.Weight == weight {
			return nil, nil
		}
		return &schemas.Control{Action: schemas.ActionPriority, Weight: weight}, nil
	})
}

func checkWeight(weight int) error {
	if weight < 1 || weight > cluster.MaxWeight {
		return invalid("weight %d: want 1 to %d", weight, cluster.MaxWeight)
	}
	return nil
}

func checkLimits(l schemas.Limits) error {
	if err := l.Check(); err != nil {
		return invalid("%v", err)
	}
	return nil
}
