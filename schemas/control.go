package schemas

import (
	"fmt"
	"slices"
	"time"
)

// Action is what a decision about a run of a cluster says.
type Action string

// The actions. People decide all but the last, and the leader pauses runs too.
const (
	ActionSubmit   Action = "submit"   // the run is the cluster's
	ActionPause    Action = "pause"    // nothing of it is begun any more; what is in work goes on
	ActionResume   Action = "resume"   // it goes on: after a pause, a cancellation, a stop, with a further generation, or within other limits
	ActionCancel   Action = "cancel"   // nothing of it is done any more; what is committed stays
	ActionPriority Action = "priority" // another weight
	ActionEnd      Action = "end"      // the leader found that nothing is left to do, or nothing can be done
)

// RunState is where a run of a cluster stands.
type RunState string

// The states.
const (
	RunQueued    RunState = "queued"    // submitted, and nothing of it is committed yet
	RunRunning   RunState = "running"   //
	RunPaused    RunState = "paused"    // by a person, or by the leader: Halt says why
	RunDone      RunState = "done"      // everything that was planned has ended
	RunCancelled RunState = "cancelled" // by a person; resume goes on
	RunStopped   RunState = "stopped"   // a job that all others wait for was given up; resume tries it again
)

// RunStates lists them in the order in which a run takes them.
func RunStates() []RunState {
	return []RunState{RunQueued, RunRunning, RunPaused, RunDone, RunCancelled, RunStopped}
}

// Over tells whether a run in this state wants no work.
func (s RunState) Over() bool { return s == RunDone || s == RunCancelled || s == RunStopped }

// Control is one decision about a run of a cluster: a create-only object, numbered from 1. The last of each kind counts.
type Control struct {
	Version int       `json:"v"`
	Number  int       `json:"number"`
	Action  Action    `json:"action"`
	Time    time.Time `json:"time"`
	By      string    `json:"by"`                // user@host, the schedule's name, or the leader
	Text    string    `json:"text,omitempty"`    // why, for people
	Weight  int       `json:"weight,omitempty"`  // of submit and priority: the run's share of workers beside others; 0 = 1
	Series  string    `json:"series,omitempty"`  // of submit: the schedule that the run belongs to
	After   string    `json:"after,omitempty"`   // of submit: the run that must be over before this one begins
	Outcome RunState  `json:"outcome,omitempty"` // of end: RunDone or RunStopped
	Limits  *Limits   `json:"limits,omitempty"`  // of submit and resume: these, instead of those before; nil = as before
	Halt    Halt      `json:"halt,omitempty"`    // of a pause by the leader: why
	Anomaly *Anomaly  `json:"anomaly,omitempty"` // of such a pause: the evidence
}

// Check refuses a record that this program cannot read, or that stands in another's place.
func (c Control) Check(number int) error {
	known := []Action{ActionSubmit, ActionPause, ActionResume, ActionCancel, ActionPriority, ActionEnd}
	switch {
	case c.Version != Version:
		return fmt.Errorf("schema version %d: this program reads version %d", c.Version, Version)
	case c.Number != number:
		return fmt.Errorf("holds number %d", c.Number)
	case !slices.Contains(known, c.Action):
		return fmt.Errorf("unknown action %q", c.Action)
	case c.Action == ActionEnd && c.Outcome != RunDone && c.Outcome != RunStopped:
		return fmt.Errorf("unknown outcome %q of an end", c.Outcome)
	}
	return nil
}

// Standing is what the decisions about a run add up to.
type Standing struct {
	State     RunState // RunRunning also for a run that is queued: the decisions do not tell
	Weight    int
	Series    string
	After     string
	By        string    // who submitted it
	Submitted time.Time // zero: the run is not the cluster's
	Changed   time.Time // the last decision that counts
	Text      string    // of that decision
	Halt      Halt      // of that decision
	Anomaly   *Anomaly  // of that decision
	Limits    Limits
	Term      int // the decision that let the run go on last: what was seen of its rows before does not count any more
	Decisions int

	ran   time.Duration // in periods that are over
	going time.Time     // when the present one began; zero: it does not go on
}

// Ran is how long the run was let go on, up to a time.
func (s Standing) Ran(now time.Time) time.Duration {
	if s.going.IsZero() {
		return s.ran
	}
	return s.ran + max(now.Sub(s.going), 0) // clocks differ
}

// Yields tells whether a run that waits for this one may begin: it is over, or its budget is used up, which may never end by
// itself. One that an anomaly has halted, or a person, is in the way: what was wrong may be wrong for the next one too.
func (s Standing) Yields() bool {
	return s.State.Over() || s.State == RunPaused && s.Halt == HaltBudget
}

// Stand adds decisions up, in the order of their numbers. Pausing or cancelling what is over changes nothing: the leader
// found the end before the person's wish arrived.
func Stand(decisions []Control) Standing {
	s := Standing{Weight: 1, Decisions: len(decisions)}
	for _, d := range decisions {
		s = s.after(d)
	}
	return s
}

func (s Standing) after(d Control) Standing {
	state := s.State
	switch d.Action {
	case ActionSubmit:
		if !s.Submitted.IsZero() {
			return s
		}
		state, s.Submitted, s.By, s.Series, s.After = RunRunning, d.Time, d.By, d.Series, d.After
		s.Weight = max(d.Weight, 1)
	case ActionPriority:
		s.Weight = max(d.Weight, 1)
		return s
	case ActionResume:
		state = RunRunning
	case ActionPause, ActionCancel:
		if state.Over() {
			return s
		}
		state = map[Action]RunState{ActionPause: RunPaused, ActionCancel: RunCancelled}[d.Action]
	case ActionEnd:
		if state == RunCancelled {
			return s
		}
		state = d.Outcome
	}
	if d.Limits != nil {
		s.Limits = *d.Limits
	}
	s.ran, s.going = s.Ran(d.Time), time.Time{}
	if state == RunRunning {
		s.going, s.Term = d.Time, d.Number
	}
	s.State, s.Changed, s.Text, s.Halt, s.Anomaly = state, d.Time, d.Text, d.Halt, d.Anomaly
	return s
}
