package main

import (
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"pairmill/control/api"
)

type scheduleCmd struct {
	Add    scheduleAddCmd    `cmd:"" help:"Run a spec at times, or change when."`
	List   scheduleListCmd   `cmd:"" help:"List the schedules."`
	Pause  schedulePauseCmd  `cmd:"" help:"Let times pass without a run."`
	Resume scheduleResumeCmd `cmd:"" help:"End a pause."`
	RunNow scheduleRunNowCmd `cmd:"" help:"Make a run at once."`
	Rm     scheduleRmCmd     `cmd:"" help:"Remove a schedule. Its runs stay."`
}

type scheduleAddCmd struct {
	Spec    string `arg:"" help:"The spec, a YAML file." type:"path"`
	Name    string `help:"Name of the schedule. Default: the spec's." placeholder:"NAME"`
	Cron    string `help:"Minute, hour, day of month, month, day of week; or @hourly, @daily, @weekly, @monthly. Default: the spec's schedule.cron." placeholder:"CRON"`
	Zone    string `help:"IANA time zone of the cron expression. Default: the spec's, or UTC." placeholder:"ZONE"`
	Overlap string `help:"When the run before is not over: skip, queue or replace. Default: the spec's, or skip." placeholder:"POLICY"`
	Weight  int    `help:"Share of the workers that its runs have beside others, 1 to 100." default:"1"`
	JSON    bool   `name:"json" help:"Print one JSON object."`
	limits  `embed:""`
	asking  `embed:""`
}

// Help adds to the command's help text.
func (scheduleAddCmd) Help() string {
	return "The limits are those of each run by itself. A run whose budget is used up stays paused and is not in the way of the next; one that an anomaly has paused is."
}

// Run adds a schedule.
func (c *scheduleAddCmd) Run(e *env) error {
	text, err := os.ReadFile(c.Spec)
	if err != nil {
		return usage(err)
	}
	if _, _, err := readSpec(c.Spec); err != nil {
		return usage(err)
	}
	return setSchedule(e, c.asking, api.Series{
		Spec: string(text), Name: c.Name, Cron: c.Cron, Zone: c.Zone, Overlap: c.Overlap, Weight: c.Weight, By: whoAsks(), Limits: c.wish(),
	}, c.JSON)
}

func setSchedule(e *env, a asking, s api.Series, asJSON bool) error {
	cl, err := a.client()
	if err != nil {
		return err
	}
	got, err := cl.SetSchedule(e.ctx, s)
	if err != nil {
		return asked(err)
	}
	if asJSON {
		return printJSON(e.stdout, got)
	}
	fmt.Fprintln(e.stdout, got.Name)
	if got.Next != nil {
		fmt.Fprintf(e.stderr, "scheduled: %s (%s), next %s\n", got.Cron, got.Zone, got.Next.Local().Format(time.RFC1123))
	} else {
		fmt.Fprintf(e.stderr, "scheduled: %s (%s), but paused: pairmill schedule resume %s\n", got.Cron, got.Zone, got.Name)
	}
	return nil
}

type scheduleListCmd struct {
	JSON   bool `name:"json" help:"Print one JSON object."`
	asking `embed:""`
}

// Run lists the schedules.
func (c *scheduleListCmd) Run(e *env) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	got, err := cl.Schedules(e.ctx)
	if err != nil {
		return asked(err)
	}
	if c.JSON {
		return printJSON(e.stdout, got)
	}
	t := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "name\tcron\tzone\toverlap\tnext\tlast run\t")
	for _, s := range got.Schedules {
		next, last := "paused", ""
		if s.Next != nil {
			next = s.Next.Local().Format("Mon 2 Jan 2006 15:04")
		}
		if s.Last != nil {
			last = s.Last.Run + " " + stateWord(s.Last.State, s.Last.Halt)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t\n", s.Name, s.Cron, s.Zone, s.Overlap, next, last)
	}
	return t.Flush()
}

// altering is what the commands that name one schedule have in common.
type altering struct {
	Name   string `arg:"" help:"Name of the schedule."`
	asking `embed:""`
}

type schedulePauseCmd struct {
	altering `embed:""`
}

// Run pauses.
func (c *schedulePauseCmd) Run(e *env) error { return c.alter(e, "pause") }

type scheduleResumeCmd struct {
	altering `embed:""`
}

// Run resumes.
func (c *scheduleResumeCmd) Run(e *env) error { return c.alter(e, "resume") }

func (c *altering) alter(e *env, what string) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	got, err := cl.AlterSchedule(e.ctx, c.Name, what, api.Decision{By: whoAsks()})
	if err != nil {
		return asked(err)
	}
	if got.Next == nil {
		fmt.Fprintf(e.stderr, "schedule %s is paused\n", got.Name)
	} else {
		fmt.Fprintf(e.stderr, "schedule %s is due %s\n", got.Name, got.Next.Local().Format(time.RFC1123))
	}
	return nil
}

type scheduleRunNowCmd struct {
	altering `embed:""`
}

// Run makes a run.
func (c *scheduleRunNowCmd) Run(e *env) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	got, err := cl.RunNow(e.ctx, c.Name, api.Decision{By: whoAsks()})
	if err != nil {
		return asked(err)
	}
	fmt.Fprintln(e.stdout, got.Run)
	fmt.Fprintf(e.stderr, "%s; follow it: pairmill status %s --watch\n", got.Outcome, got.Run)
	return nil
}

type scheduleRmCmd struct {
	altering `embed:""`
}

// Run removes.
func (c *scheduleRmCmd) Run(e *env) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	if err := cl.RemoveSchedule(e.ctx, c.Name, api.Decision{By: whoAsks()}); err != nil {
		return asked(err)
	}
	fmt.Fprintf(e.stderr, "schedule %s is removed; its runs stay\n", c.Name)
	return nil
}
