package control

import (
	"context"
	"errors"
	"time"

	"pairmill/control/api"
	"pairmill/internal/specfile"
	"pairmill/schemas"
)

// schedule reads how a schedule stands; one that never was is a refusal.
func (c *Control) schedule(ctx context.Context, name string) (schemas.Series, error) {
	if !schemas.ValidSeries(name) {
		return schemas.Series{}, invalid("schedule name %q: want 1 to %d of a-z, 0-9 and inner hyphens", name, schemas.MaxSeries)
	}
	all, err := c.series.one(ctx, name)
	if err != nil {
		return schemas.Series{}, err
	}
	if len(all) == 0 {
		return schemas.Series{}, absent("there is no schedule %s (pairmill schedule list shows them)", name)
	}
	return schemas.StandSeries(all), nil
}

// SetSchedule adds a schedule, or gives one other times or another spec. What the request says goes before the spec.
func (c *Control) SetSchedule(ctx context.Context, want api.Series) (name string, err error) {
	spec, err := readSpec(want.Spec)
	if err != nil {
		return "", err
	}
	s := specfile.DefaultSchedule()
	if spec.Schedule != nil {
		s = *spec.Schedule
	}
	for _, x := range []struct{ from, to *string }{{&want.Cron, &s.Cron}, {&want.Zone, &s.Zone}, {&want.Overlap, &s.Overlap}} {
		if *x.from != "" {
			*x.to = *x.from
		}
	}
	if s.Cron == "" {
		return "", invalid("no times: say when with --cron (cron), or in the spec's section schedule")
	}
	if want.Weight == 0 {
		want.Weight = 1
	}
	if err := errors.Join(checkWeight(want.Weight), checkLimits(want.Limits)); err != nil {
		return "", err
	}
	if name = want.Name; name == "" {
		name = spec.Name
	}
	if spec.Dataset.Name == spec.Name { // as Parse fills it
		spec.Dataset.Name = name
	}
	spec.Name, spec.Schedule = name, &s
	if err := specfile.Validate(spec); err != nil {
		return "", invalid("%v", err)
	}
	set := schemas.SeriesControl{Action: schemas.SeriesSet, Schedule: &s, Spec: want.Spec, Weight: want.Weight, Limits: want.Limits.Recorded()}
	return name, c.decideSeries(ctx, name, want.By, set, func(now schemas.Series) bool {
		return now.Removed || now.Schedule != s || now.Spec != want.Spec || now.Weight != want.Weight || now.Limits != want.Limits
	})
}

// AlterSchedule pauses, resumes or removes a schedule. Its runs go on.
func (c *Control) AlterSchedule(ctx context.Context, name, by string, action schemas.SeriesAction) error {
	now, err := c.schedule(ctx, name)
	if err != nil {
		return err
	}
	if now.Removed && action != schemas.SeriesRemove {
		return absent("schedule %s was removed: pairmill schedule add sets it again", name)
	}
	return c.decideSeries(ctx, name, by, schemas.SeriesControl{Action: action}, func(now schemas.Series) bool {
		switch action {
		case schemas.SeriesPause:
			return !now.Paused
		case schemas.SeriesResume:
			return now.Paused
		}
		return !now.Removed
	})
}

// decideSeries records a decision about a schedule, if it changes anything.
func (c *Control) decideSeries(ctx context.Context, name, by string, d schemas.SeriesControl, changes func(now schemas.Series) bool) error {
	_, err := c.series.append(ctx, name, func(all []schemas.SeriesControl, number int) (*schemas.SeriesControl, error) {
		if !changes(schemas.StandSeries(all)) {
			return nil, nil
		}
		d.Version, d.Number, d.Time, d.By = schemas.Version, number, time.Now().UTC(), signed(by)
		return &d, nil
	})
	if err == nil {
		c.log.Info("schedule decided", "series", name, "action", d.Action, "by", signed(by))
	}
	return err
}
