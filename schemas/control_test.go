package schemas

import (
	"strings"
	"testing"
	"time"
)

func TestStand(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		actions string
		want    RunState
		weight  int
	}{
		{"submitted", "submit", RunRunning, 3},
		{"submitted twice", "submit submit", RunRunning, 3},
		{"paused", "submit pause", RunPaused, 3},
		{"resumed", "submit pause resume", RunRunning, 3},
		{"cancelled", "submit cancel", RunCancelled, 3},
		{"cancelled while paused", "submit pause cancel", RunCancelled, 3},
		{"resumed after a cancellation", "submit cancel resume", RunRunning, 3},
		{"done", "submit done", RunDone, 3},
		{"stopped", "submit stopped", RunStopped, 3},
		{"cancelled when it was done", "submit done cancel", RunDone, 3},
		{"paused when it was done", "submit done pause", RunDone, 3},
		{"the leader finds the end of what was cancelled", "submit cancel done", RunCancelled, 3},
		{"a further generation", "submit done resume", RunRunning, 3},
		{"its end", "submit done resume done", RunDone, 3},
		{"mended", "submit stopped resume", RunRunning, 3},
		{"another weight", "submit priority pause", RunPaused, 7},
		{"a weight when it is over", "submit done priority", RunDone, 7},
	} {
		var decisions []Control
		for i, word := range strings.Fields(c.actions) {
			d := Control{Version: Version, Number: i + 1, Action: Action(word), Time: time.Unix(int64(i), 0), Weight: 3}
			switch word {
			case "done", "stopped":
				d.Action, d.Outcome = ActionEnd, RunState(word)
			case "priority":
				d.Weight = 7
			}
			if err := d.Check(i + 1); err != nil {
				t.Fatal(err)
			}
			decisions = append(decisions, d)
		}
		got := Stand(decisions)
		if got.State != c.want || got.Weight != c.weight || got.Decisions != len(decisions) {
			t.Errorf("%s: %+v, want state %s and weight %d", c.name, got, c.want, c.weight)
		}
	}
	if got := Stand(nil); !got.Submitted.IsZero() || got.Weight != 1 {
		t.Errorf("of nothing: %+v", got)
	}
}

func TestControlCheck(t *testing.T) {
	t.Parallel()
	good := Control{Version: Version, Number: 2, Action: ActionEnd, Outcome: RunDone}
	for _, c := range []struct {
		want string
		edit func(*Control)
	}{
		{"version 2", func(c *Control) { c.Version = 2 }},
		{"number 3", func(c *Control) { c.Number = 3 }},
		{`action "dance"`, func(c *Control) { c.Action = "dance" }},
		{`outcome "paused"`, func(c *Control) { c.Outcome = RunPaused }},
	} {
		bad := good
		c.edit(&bad)
		if err := bad.Check(2); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want %q in it", err, c.want)
		}
	}
	if err := good.Check(2); err != nil {
		t.Error(err)
	}
}

// TestLimitsAndTerms: what decisions add up to besides the state.
func TestLimitsAndTerms(t *testing.T) {
	t.Parallel()
	at := func(s int64) time.Time { return time.Unix(s, 0) }
	small, large := &Limits{MaxSeconds: 10}, &Limits{MaxSeconds: 100, MaxBytes: 5}
	evidence := &Anomaly{Reason: DNSError, Rows: 3}
	all := []Control{
		{Action: ActionSubmit, Time: at(100), Limits: small},
		{Action: ActionPause, Time: at(110), Halt: HaltBudget, Text: "used up"},
		{Action: ActionResume, Time: at(200), Limits: large},
		{Action: ActionPause, Time: at(230), Halt: HaltAnomaly, Anomaly: evidence},
		{Action: ActionPriority, Time: at(231), Weight: 2},
		{Action: ActionResume, Time: at(300)},
		{Action: ActionResume, Time: at(305), Limits: small}, // while it goes on
		{Action: ActionPause, Time: at(309)},
		{Action: ActionResume, Time: at(300)}, // by a clock that is behind
		{Action: ActionEnd, Outcome: RunDone, Time: at(320)},
	}
	for i := range all {
		all[i].Number = i + 1
	}
	for n, want := range []struct {
		ran    time.Duration // at second 1000
		limits *Limits
		halt   Halt
		term   int
		yields bool
	}{
		{limits: &Limits{}}, {ran: 900, limits: small, term: 1}, {ran: 10, limits: small, halt: HaltBudget, term: 1, yields: true},
		{ran: 810, limits: large, term: 3}, {ran: 40, limits: large, halt: HaltAnomaly, term: 3}, {ran: 40, limits: large, halt: HaltAnomaly, term: 3},
		{ran: 740, limits: large, term: 6}, {ran: 740, limits: small, term: 7}, {ran: 49, limits: small, term: 7}, {ran: 749, limits: small, term: 9},
		{ran: 69, limits: small, term: 9, yields: true},
	} {
		got := Stand(all[:n])
		if got.Ran(at(1000)) != want.ran*time.Second || got.Limits != *want.limits || got.Halt != want.halt || got.Term != want.term || got.Yields() != want.yields ||
			(got.Anomaly != nil) != (want.halt == HaltAnomaly) {
			t.Errorf("after %d decisions: ran %v, %+v", n, got.Ran(at(1000)), got)
		}
	}
	for _, c := range []struct {
		limits Limits
		want   string
	}{
		{Limits{MaxBytes: -1}, "max_bytes -1"}, {Limits{MaxSeconds: -1}, "max_seconds -1"}, {Limits{Anomaly: 1.1}, "anomaly 1.1"}, {Limits{Anomaly: -0.1}, "anomaly -0.1"},
		{Limits{}, ""}, {Limits{MaxBytes: 1, MaxSeconds: 0.5, Anomaly: 1}, ""},
	} {
		if err := c.limits.Check(); (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.limits, err, c.want)
		}
	}
}
