package control

import (
	"context"
	"errors"
	"fmt"

	"pairmill/cluster"
	"pairmill/schemas"
)

// setTimers brings the medium's timers into line with the schedules in the store, again and again until ctx ends.
func (c *Control) setTimers(ctx context.Context) error {
	defer c.health.forget("timers")
	for {
		c.health.beat("timers")
		if err := c.mirror(ctx); err != nil && ctx.Err() == nil {
			c.log.Warn("set the timers of schedules", "error", err)
		}
		if !sleep(ctx, c.cfg.Look) {
			return nil
		}
	}
}

// mirror sets the timers that are missing or differ, and removes those that belong to no schedule.
func (c *Control) mirror(ctx context.Context) error {
	all, unread := c.series.all(ctx, false)
	set, err := c.medium.Timers.Timers(ctx)
	if err != nil {
		return errors.Join(unread, err)
	}
	there := map[string]cluster.Timer{}
	for _, t := range set {
		there[t.Name] = t
	}
	for name, decisions := range all {
		s := schemas.StandSeries(decisions)
		if s.Removed || s.Paused {
			continue
		}
		want := cluster.Timer{Name: name, Cron: s.Cron, Zone: s.Zone}
		if there[name] != want {
			if err := c.medium.Timers.SetTimer(ctx, want); err != nil {
				return fmt.Errorf("set the timer of schedule %s: %w", name, err)
			}
		}
		delete(there, name)
	}
	if unread != nil {
		return unread // a timer that seems to be nobody's may be that of a schedule that cannot be read now
	}
	for name := range there {
		if err := c.medium.Timers.RemoveTimer(ctx, name); err != nil {
			return fmt.Errorf("remove timer %s: %w", name, err)
		}
		c.cfg.Metrics.ForgetSeries(name)
	}
	return nil
}

// takeTicks makes runs of the schedules' ticks until ctx ends.
func (c *Control) takeTicks(ctx context.Context) error {
	for {
		t, err := c.medium.Timers.NextTick(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, cluster.ErrClosed):
			return err
		case err != nil:
			c.log.Warn("wait for a schedule", "error", err)
			if !sleep(ctx, c.cfg.Look) {
				return nil
			}
			continue
		}
		c.tick(ctx, t)
	}
}

// tick makes a run of a tick and acks it. A tick that fails for a passing reason comes again within a minute.
func (c *Control) tick(ctx context.Context, t cluster.Tick) {
	series, at := t.Timer(), t.At()
	outcome, run, err := c.due(ctx, series, at)
	if ctx.Err() != nil {
		return
	}
	var refused *Refusal
	switch {
	case errors.As(err, &refused):
		outcome = tickFailed
		c.log.Error("schedule was due and gave no run", "series", series, "at", at, "error", err)
	case err != nil:
		c.log.Warn("schedule is due; trying again", "series", series, "at", at, "error", err)
		return
	default:
		c.log.Info("schedule was due", "series", series, "at", at, "outcome", outcome, "run", run)
		c.tellInTheWay(ctx, series, outcome, run)
	}
	c.cfg.Metrics.Tick(series, outcome)
	if err := t.Ack(ctx); err != nil {
		// It comes again and finds its run.
		c.log.Warn("acknowledge a tick", "series", series, "at", at, "error", err)
	}
}

// tellInTheWay warns when a schedule gives no run, or one that waits, because the leader has halted the one before: nobody may
// know.
func (c *Control) tellInTheWay(ctx context.Context, series, outcome, run string) {
	if run == "" || outcome != tickSkipped && outcome != tickQueued {
		return
	}
	now, err := c.standing(ctx, run)
	if err == nil && now.Halt == "" && now.After != "" {
		run = now.After
		now, err = c.standing(ctx, run)
	}
	if err == nil && now.Halt != "" {
		c.log.Warn("a schedule goes on only when the run before it does, which is halted: resume or cancel that", "series", series, "run", run,
			"halt", now.Halt, "text", now.Text)
	}
}
