package main

import (
	"fmt"

	"pairmill/control/api"
)

// deciding is what pause, resume and cancel have in common.
type deciding struct {
	Run_   string `arg:"" name:"run" help:"Name of the run."`
	Text   string `help:"Why, for others to read." placeholder:"TEXT"`
	asking `embed:""`
}

type pauseCmd struct {
	deciding `embed:""`
}

// Help adds to the command's help text.
func (pauseCmd) Help() string {
	return "Jobs in work go on; nothing more of the run is begun until `pairmill resume`."
}

// Run pauses.
func (c *pauseCmd) Run(e *env) error { return c.decide(e, "pause") }

type resumeCmd struct {
	deciding   `embed:""`
	MaxBytes   *int64   `help:"Another budget of bytes, in the whole run; 0 = none. Default: as before." placeholder:"N"`
	MaxSeconds *float64 `help:"Another budget of seconds, in all, its pauses left out; 0 = none. Default: as before." placeholder:"S"`
	Anomaly    *float64 `help:"Another share of the last 500 rows at which one reason pauses the run; 0 = by class, 1 = never. Default: as before." placeholder:"SHARE"`
}

// Help adds to the command's help text.
func (resumeCmd) Help() string {
	return "A run that was paused or cancelled goes on from what is done. One that stopped tries again what stopped it. One whose budget is used up needs a larger one. " +
		"What was seen of an anomaly does not count any more. With limits, they are set also while the run goes on."
}

// Run resumes.
func (c *resumeCmd) Run(e *env) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	got, err := cl.Resume(e.ctx, c.Run_, api.Resumption{By: whoAsks(), Text: c.Text, MaxBytes: c.MaxBytes, MaxSeconds: c.MaxSeconds, Anomaly: c.Anomaly})
	return told(e, got, err)
}

type cancelCmd struct {
	deciding `embed:""`
}

// Help adds to the command's help text.
func (cancelCmd) Help() string {
	return "Jobs in work are stopped within seconds, queued ones are dropped. What is done stays, and `pairmill resume` goes on from there."
}

// Run cancels.
func (c *cancelCmd) Run(e *env) error { return c.decide(e, "cancel") }

func (c *deciding) decide(e *env, what string) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	got, err := cl.Decide(e.ctx, c.Run_, what, api.Decision{By: whoAsks(), Text: c.Text})
	return told(e, got, err)
}

// told says how the run stands after a decision.
func told(e *env, got api.Standing, err error) error {
	if err != nil {
		return asked(err)
	}
	fmt.Fprintf(e.stderr, "%s is %s\n", got.Run, got.State)
	return nil
}

type priorityCmd struct {
	Run_   string `arg:"" name:"run" help:"Name of the run."`
	Weight int    `arg:"" help:"Share of the workers beside other runs, 1 to 100."`
	asking `embed:""`
}

// Run gives a run another weight.
func (c *priorityCmd) Run(e *env) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	got, err := cl.Prioritize(e.ctx, c.Run_, api.Priority{Weight: c.Weight, By: whoAsks()})
	if err != nil {
		return asked(err)
	}
	fmt.Fprintf(e.stderr, "%s has weight %d and is %s\n", got.Run, got.Weight, got.State)
	return nil
}
