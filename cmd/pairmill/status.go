package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/term"

	"pairmill/control/api"
	"pairmill/control/client"
	"pairmill/schemas"
)

type statusCmd struct {
	Run_   string        `arg:"" name:"run" help:"Name of the run."`
	Watch  bool          `short:"w" help:"Show it anew until it is over, or halted."`
	Every  time.Duration `help:"With --watch: how often." default:"2s"`
	JSON   bool          `name:"json" help:"Print one JSON object; with --watch, one a line each time."`
	asking `embed:""`
}

// Help adds to the command's help text.
func (statusCmd) Help() string {
	return "With --watch the exit code says how the run ended: 0 done, 3 done but with work given up, 1 stopped, 4 cancelled, or paused by a budget or an anomaly."
}

// Run shows a run.
func (c *statusCmd) Run(e *env) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	if !c.Watch {
		got, err := cl.Status(e.ctx, c.Run_)
		if err != nil {
			return asked(err)
		}
		return c.show(e, got, false)
	}
	return c.watch(e, cl)
}

// watch shows the run until it is over. A control plane that is away for a while, as when another takes over, is waited for.
func (c *statusCmd) watch(e *env, cl *client.Client) error {
	f, ok := e.stdout.(*os.File)
	redraw := ok && term.IsTerminal(int(f.Fd())) && !c.JSON
	met := false
	for {
		got, err := cl.Status(e.ctx, c.Run_)
		var refused *client.Refused
		switch {
		case err == nil:
			met = true
			if err := c.show(e, got, redraw); err != nil {
				return err
			}
			if got.State.Over() || got.Halt != "" {
				return ending(got)
			}
		case e.ctx.Err() != nil:
			return nil // whoever watches may stop watching
		case !met, errors.As(err, &refused) && refused.Status < 500:
			return asked(err)
		default:
			fmt.Fprintln(e.stderr, "pairmill: trying again:", oneLine(err.Error()))
		}
		select {
		case <-time.After(c.Every):
		case <-e.ctx.Done():
			return nil
		}
	}
}

// show prints the run; on a terminal in the place of what it showed before.
func (c *statusCmd) show(e *env, s api.Status, redraw bool) error {
	if c.JSON {
		return printJSON(e.stdout, s)
	}
	var b bytes.Buffer
	if redraw {
		b.WriteString("\x1b[H\x1b[J") // to the corner; clear what is below
	}
	printStatus(&b, s)
	if c.Watch && !redraw {
		b.WriteString("\n")
	}
	_, err := e.stdout.Write(b.Bytes())
	return err
}

// ending is the exit code of a run that is over.
func ending(s api.Status) error {
	switch {
	case s.State == schemas.RunStopped:
		return fmt.Errorf("%s stopped: %s\nmend it, then: pairmill resume %s", s.Run.Run, oneLine(s.Text), s.Run.Run)
	case s.Halt == schemas.HaltBudget:
		return codeError{exitHalted, fmt.Errorf("%s is paused: %s\npairmill resume %s --max-bytes N --max-seconds S goes on with it", s.Run.Run, oneLine(s.Text), s.Run.Run)}
	case s.Halt == schemas.HaltAnomaly:
		return codeError{exitHalted, fmt.Errorf("%s is paused: %s\nmend it, then: pairmill resume %s", s.Run.Run, oneLine(s.Text), s.Run.Run)}
	case s.State == schemas.RunCancelled:
		return codeError{exitHalted, fmt.Errorf("%s was cancelled; pairmill resume %s goes on with it", s.Run.Run, s.Run.Run)}
	case s.Quarantined.Total > 0:
		return codeError{exitQuarantined, fmt.Errorf("%d jobs with %d rows were given up", s.Quarantined.Total, s.Rows.Quarantined)}
	}
	return nil
}
