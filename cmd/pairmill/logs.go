package main

import (
	"fmt"
	"time"

	"pairmill/control/api"
)

type logsCmd struct {
	Run_   string `arg:"" name:"run" help:"Name of the run."`
	Job    string `arg:"" optional:"" help:"A job of it, as status and workers name it. Default: all, and what concerns the run as a whole."`
	Lines  int    `help:"How many of the latest lines." default:"1000"`
	Follow bool   `short:"f" help:"Go on with the lines that come."`
	JSON   bool   `name:"json" help:"Print each line as a JSON object."`
	asking `embed:""`
}

// Help adds to the command's help text.
func (logsCmd) Help() string {
	return "The cluster keeps the latest lines of all runs and forgets the oldest. What processes write on standard error is complete."
}

// followEvery is how often further lines are asked for.
const followEvery = 2 * time.Second

// Run prints log lines.
func (c *logsCmd) Run(e *env) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	var last time.Time
	for {
		got, err := cl.Logs(e.ctx, c.Run_, c.Job, c.Lines, last)
		if err != nil {
			return interrupted(e.ctx, asked(err))
		}
		for _, l := range got.Lines {
			if err := c.print(e, l); err != nil {
				return err
			}
			last = l.Time
		}
		if !c.Follow {
			return nil
		}
		select {
		case <-time.After(followEvery):
		case <-e.ctx.Done():
			return nil
		}
	}
}

func (c *logsCmd) print(e *env, l api.Line) error {
	if c.JSON {
		return printJSON(e.stdout, l)
	}
	job := ""
	if l.Job != "" && c.Job == "" {
		job = " " + l.Job
	}
	_, err := fmt.Fprintf(e.stdout, "%s %-5s %s%s %s\n", l.Time.Local().Format("2006-01-02 15:04:05.000"), l.Level, l.Member, job, l.Text)
	return err
}
