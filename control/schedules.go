package control

import (
	"context"
	"slices"
	"strings"
	"time"

	"pairmill/cluster"
	"pairmill/control/api"
	"pairmill/schemas"
)

// Schedules lists the schedules that were not removed, by name.
func (c *Control) Schedules(ctx context.Context) (api.Schedules, error) {
	out := api.Schedules{Schedules: []api.Schedule{}}
	all, err := c.series.all(ctx, false)
	if err != nil {
		if len(all) == 0 {
			return out, err
		}
		c.log.Warn("read the schedules", "error", err)
	}
	runs, err := c.allRuns(ctx)
	if err != nil {
		return out, err
	}
	for name, decisions := range all {
		if s := schemas.StandSeries(decisions); !s.Removed {
			out.Schedules = append(out.Schedules, scheduled(name, s, runs))
		}
	}
	slices.SortFunc(out.Schedules, func(a, b api.Schedule) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// ScheduleStatus says how one schedule stands.
func (c *Control) ScheduleStatus(ctx context.Context, name string) (api.Schedule, error) {
	s, err := c.schedule(ctx, name)
	if err != nil {
		return api.Schedule{}, err
	}
	runs, err := c.allRuns(ctx)
	return scheduled(name, s, runs), err
}

// scheduled is a schedule with its latest run and when it is due next.
func scheduled(name string, s schemas.Series, runs map[string]schemas.Standing) api.Schedule {
	out := api.Schedule{
		Name: name, Cron: s.Cron, Zone: s.Zone, Overlap: s.Overlap, Weight: s.Weight, Paused: s.Paused, By: s.By, Changed: s.Changed, Limits: s.Limits,
	}
	times, err := cluster.Timer{Name: name, Cron: s.Cron, Zone: s.Zone}.Parse()
	if next := times.Next; err == nil && !s.Paused && !s.Removed {
		at := next(time.Now())
		out.Next = &at
	}
	for run, now := range runs {
		if now.Series == name && (out.Last == nil || run > out.Last.Run) {
			out.Last = &api.LastRun{Run: run, State: now.State, Halt: now.Halt, Text: now.Text}
		}
	}
	return out
}
