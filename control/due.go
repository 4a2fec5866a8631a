package control

import (
	"context"
	"fmt"
	"slices"
	"time"

	"pairmill/control/api"
	"pairmill/internal/specfile"
	"pairmill/schemas"
)

// What a tick comes to.
const (
	tickSubmitted = "submitted"
	tickQueued    = "queued"   // it waits for the run before
	tickReplaced  = "replaced" // the run before was cancelled
	tickSkipped   = "skipped"  // the run before is not over, or the schedule is paused or gone
	tickFailed    = "failed"
)

// due makes the run of a schedule's tick, as its policy of overlap allows. The same tick again gives the same run.
func (c *Control) due(ctx context.Context, series string, at time.Time) (outcome, run string, err error) {
	s, err := c.schedule(ctx, series)
	if err != nil {
		return "", "", err
	}
	if s.Removed || s.Paused {
		return tickSkipped, "", nil
	}
	return c.begin(ctx, series, s, at)
}

// begin submits the run of a tick.
func (c *Control) begin(ctx context.Context, name string, s schemas.Series, at time.Time) (outcome, run string, err error) {
	run = schemas.TickRun(name, at)
	before, err := c.unfinished(ctx, name, s.Overlap)
	if err != nil {
		return "", "", err
	}
	if slices.Contains(before, run) {
		return tickSubmitted, run, nil // this tick, once more
	}
	first := schemas.Control{Weight: s.Weight, By: "schedule " + name, Series: name, Limits: s.Limits.Recorded()}
	outcome = tickSubmitted
	switch {
	case len(before) == 0:
	case s.Overlap == schemas.OverlapQueue && len(before) == 1:
		outcome, first.After = tickQueued, before[0]
	case s.Overlap == schemas.OverlapReplace:
		outcome = tickReplaced
		for _, old := range before {
			if _, err := c.Cancel(ctx, old, first.By, fmt.Sprintf("replaced by %s (overlap: replace)", run)); err != nil && !refused(err) {
				return "", "", err
			}
		}
	default:
		return tickSkipped, before[len(before)-1], nil
	}
	spec, err := specfile.Parse("spec", []byte(s.Spec))
	if err != nil {
		return "", "", invalid("the spec of schedule %s cannot be read any more: %v", name, err)
	}
	spec.Schedule = &s.Schedule
	since, err := c.latest(ctx, name, run, spec)
	if err == nil {
		_, err = c.submit(ctx, run, spec, s.Spec, since, first)
	}
	return outcome, run, err
}

// unfinished lists the runs of a schedule that are not over and in the way of the next, the earliest first. One whose budget is
// used up is so only where it is replaced.
func (c *Control) unfinished(ctx context.Context, series, overlap string) (names []string, err error) {
	all, err := c.allRuns(ctx)
	if err != nil {
		return nil, err
	}
	for run, now := range all {
		if now.Series == series && !now.State.Over() && (overlap == schemas.OverlapReplace || !now.Yields()) {
			names = append(names, run)
		}
	}
	slices.Sort(names) // the time is behind the series' name
	return names, nil
}

// RunNow makes a run of a schedule at once, whether it is paused or not. Its policy of overlap holds.
func (c *Control) RunNow(ctx context.Context, name string) (api.Ticked, error) {
	s, err := c.schedule(ctx, name)
	if err != nil {
		return api.Ticked{}, err
	}
	if s.Removed {
		return api.Ticked{}, absent("schedule %s was removed", name)
	}
	outcome, run, err := c.begin(ctx, name, s, time.Now())
	if err == nil && outcome == tickSkipped {
		err = conflict("run %s of schedule %s is not over, and its overlap is %s: cancel that run first, or wait for it", run, name, s.Overlap)
	}
	return api.Ticked{Run: run, Outcome: outcome}, err
}

func refused(err error) bool {
	_, ok := err.(*Refusal)
	return ok
}
