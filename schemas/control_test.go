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
