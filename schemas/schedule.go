package schemas

import (
	"fmt"
	"slices"
	"time"
)

// Schedule says when a cluster runs a spec again. Each time makes a run of its own, and so a dataset version of its own.
type Schedule struct {
	Cron    string `yaml:"cron" json:"cron"`           // minute, hour, day of month, month, day of week; or @hourly, @daily, @weekly, @monthly
	Zone    string `yaml:"zone" json:"zone"`           // IANA time zone of the cron expression
	Overlap string `yaml:"overlap" json:"overlap"`     // when the run before is not over: OverlapSkip, OverlapQueue or OverlapReplace
	Anew    bool   `yaml:"anew" json:"anew,omitempty"` // a run takes nothing over from the one before
}

// Policies of overlap.
const (
	OverlapSkip    = "skip"    // this time is left out
	OverlapQueue   = "queue"   // the run waits for the one before; one at most waits
	OverlapReplace = "replace" // the one before is cancelled
)

// Overlaps lists the policies.
func Overlaps() []string { return []string{OverlapSkip, OverlapQueue, OverlapReplace} }

// tickLayout is behind a series' name in the name of a run: the time at which it was due, in UTC.
const tickLayout = "20060102t150405z"

// MaxSeries is the longest name of a schedule: a run's name has the time of its tick behind it.
const MaxSeries = 64 - 1 - len(tickLayout)

// ValidSeries tells whether s can name a schedule.
func ValidSeries(s string) bool { return ValidName(s) && len(s) <= MaxSeries }

// TickRun names the run of a schedule's tick: the same tick is the same run.
func TickRun(series string, at time.Time) string { return series + "-" + at.UTC().Format(tickLayout) }

// SeriesAction is what a decision about a schedule says.
type SeriesAction string

// The actions.
const (
	SeriesSet    SeriesAction = "set" // these times, this spec; also of one that was removed
	SeriesPause  SeriesAction = "pause"
	SeriesResume SeriesAction = "resume"
	SeriesRemove SeriesAction = "remove" // its runs stay
)

// SeriesControl is one decision about a schedule: a create-only object, numbered from 1.
type SeriesControl struct {
	Version  int          `json:"v"`
	Number   int          `json:"number"`
	Action   SeriesAction `json:"action"`
	Time     time.Time    `json:"time"`
	By       string       `json:"by"`
	Schedule *Schedule    `json:"schedule,omitempty"` // of set
	Spec     string       `json:"spec,omitempty"`     // of set: the text of the spec
	Weight   int          `json:"weight,omitempty"`   // of set: that of its runs
	Limits   *Limits      `json:"limits,omitempty"`   // of set: those of its runs
}

// Check refuses a record that this program cannot read, or that stands in another's place.
func (c SeriesControl) Check(number int) error {
	switch {
	case c.Version != Version:
		return fmt.Errorf("schema version %d: this program reads version %d", c.Version, Version)
	case c.Number != number:
		return fmt.Errorf("holds number %d", c.Number)
	case !slices.Contains([]SeriesAction{SeriesSet, SeriesPause, SeriesResume, SeriesRemove}, c.Action):
		return fmt.Errorf("unknown action %q", c.Action)
	case c.Action == SeriesSet && c.Schedule == nil:
		return fmt.Errorf("sets no schedule")
	}
	return nil
}

// Series is what the decisions about a schedule add up to.
type Series struct {
	Schedule
	Spec    string
	Weight  int
	Limits  Limits // of each of its runs
	Paused  bool
	Removed bool // also before the first set
	By      string
	Changed time.Time
}

// StandSeries adds decisions up, in the order of their numbers.
func StandSeries(decisions []SeriesControl) Series {
	s := Series{Removed: true}
	for _, d := range decisions {
		switch d.Action {
		case SeriesSet:
			s = Series{Schedule: *d.Schedule, Spec: d.Spec, Weight: max(d.Weight, 1), Paused: s.Paused && !s.Removed}
			if d.Limits != nil {
				s.Limits = *d.Limits
			}
		case SeriesPause, SeriesResume:
			s.Paused = d.Action == SeriesPause
		case SeriesRemove:
			s.Removed, s.Paused = true, false
		}
		s.By, s.Changed = d.By, d.Time
	}
	return s
}
