package cluster

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // images of containers rarely carry the zones

	"github.com/robfig/cron/v3"

	"pairmill/schemas"
)

// ErrNeverDue is why a timer is refused whose times never come, such as 31 February.
var ErrNeverDue = errors.New("is never due")

// cronFields are the fields of an expression in their order, each with the range that its message shows.
var cronFields = []struct{ name, want string }{
	{"minute", "0-59"}, {"hour", "0-23"}, {"day of month", "1-31"}, {"month", "1-12 or JAN-DEC"}, {"day of week", "0-6 or SUN-SAT"},
}

// cronNames are the words that stand for a whole expression.
var cronNames = map[string]string{
	"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@weekly": "0 0 * * 0", "@monthly": "0 0 1 * *",
}

var cronParser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

// Schedule is a timer's expression in its zone, parsed.
type Schedule struct {
	Fields string         // the five fields, single spaces between them
	Zone   *time.Location // never nil
	times  cron.Schedule
}

// Parse reads the timer's name, expression and zone. Its error says which of them, and which field, cannot be read.
//
// An hour that a zone leaves out in spring has no times, and one that it repeats in autumn has its times twice. With both a
// day of month and a day of week, either is enough. All this is as NATS servers have it, who descend from the same parser.
func (t Timer) Parse() (Schedule, error) {
	if !schemas.ValidName(t.Name) {
		return Schedule{}, fmt.Errorf("timer name %q: want 1 to 64 of a-z, 0-9 and inner hyphens", t.Name)
	}
	zone, err := time.LoadLocation(t.Zone)
	if err != nil || t.Zone == "Local" {
		return Schedule{}, fmt.Errorf("timer %s: zone %q is not in the IANA time zone database: want a name such as Europe/Berlin, or none for UTC", t.Name, t.Zone)
	}
	fields, err := cronFieldsOf(t.Cron)
	if err != nil {
		return Schedule{}, fmt.Errorf("timer %s: cron %q: %w", t.Name, t.Cron, err)
	}
	s := Schedule{Fields: strings.Join(fields, " "), Zone: zone}
	if s.times, err = cronParser.Parse(s.Fields); err != nil {
		return Schedule{}, fmt.Errorf("timer %s: cron %q: %w", t.Name, t.Cron, err)
	}
	if s.Next(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Schedule{}, fmt.Errorf("timer %s: cron %q %w", t.Name, t.Cron, ErrNeverDue)
	}
	return s, nil
}

// cronFieldsOf splits an expression into five fields, each of which can be read by itself.
func cronFieldsOf(expression string) ([]string, error) {
	if named, ok := cronNames[expression]; ok {
		expression = named
	}
	if strings.HasPrefix(expression, "@") {
		return nil, errors.New("want five fields, or one of @hourly, @daily, @weekly, @monthly")
	}
	fields := strings.Fields(expression)
	if len(fields) != len(cronFields) {
		return nil, fmt.Errorf("%d fields: want five: minute, hour, day of month, month, day of week", len(fields))
	}
	for i, f := range cronFields {
		alone := slices.Repeat([]string{"*"}, len(cronFields))
		alone[i] = fields[i]
		if _, err := cronParser.Parse(strings.Join(alone, " ")); err != nil || strings.ContainsAny(fields[i], "?=") {
			return nil, fmt.Errorf("field %d, %s: %q cannot be read: want *, numbers %s, ranges, lists, steps", i+1, f.name, fields[i], f.want)
		}
	}
	return fields, nil
}

// Next is the first time after t; zero when there is none within five years.
func (s Schedule) Next(t time.Time) time.Time {
	next := s.times.Next(t.In(s.Zone))
	if next.IsZero() {
		return next
	}
	return next.UTC()
}

// Last is the latest time that is not after t; zero when there is none within five years.
func (s Schedule) Last(t time.Time) time.Time {
	for _, back := range []time.Duration{time.Minute, time.Hour, 25 * time.Hour, 32 * 24 * time.Hour, 367 * 24 * time.Hour, 5 * 366 * 24 * time.Hour} {
		at := s.Next(t.Add(-back))
		if at.IsZero() || at.After(t) {
			continue
		}
		for {
			next := s.Next(at)
			if next.IsZero() || next.After(t) {
				return at
			}
			at = next
		}
	}
	return time.Time{}
}
