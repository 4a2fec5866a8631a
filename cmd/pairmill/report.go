package main

import (
	"context"
	"fmt"

	"pairmill/fetch"
	"pairmill/internal/report"
	"pairmill/schemas"
)

type reportCmd struct {
	Run_ string `arg:"" name:"run" help:"STORE/runs/NAME, or a store with one run, such as the output folder of a download."`
	Top  int    `help:"Hosts and domains to list." default:"20"`
	JSON bool   `name:"json" help:"Print one JSON object."`
}

// Help adds to the command's help text.
func (reportCmd) Help() string {
	return "gone: the picture is not there any more (404, 410, no such host). refused: somebody said no (403, 429, challenge page, robots.txt, opt-out). " +
		"ours: our network, our limits, our filters. `pairmill retry` asks again. A run that is not over is reported as far as it has come."
}

// Run prints the report.
func (c *reportCmd) Run(e *env) error {
	at, run, err := findRun(e.ctx, c.Run_)
	if err != nil {
		return err
	}
	s, err := at.open(e.ctx)
	if err != nil {
		return err
	}
	defer closeStore(s)
	o := &opened{run: run, store: s, place: at}
	r, err := o.report(e.ctx, c.Top)
	if err != nil {
		return interrupted(e.ctx, err)
	}
	if c.JSON {
		return printJSON(e.stdout, r)
	}
	return r.Text(e.stdout)
}

// report collects a run's report.
func (o *opened) report(ctx context.Context, n int) (*report.Report, error) {
	spec, err := readRunSpec(ctx, o.store, o.run)
	if err != nil {
		return nil, err
	}
	agent := fetch.ConfigFrom(spec.Fetch)
	agent.Version = version
	return report.Collect(ctx, o.store, o.run, report.Config{
		Dir: o.spools, Top: n, UserAgent: agent.UserAgent(), Timeout: spec.Fetch.Timeout.Std(), Address: agent.Address,
	})
}

// printReport ends a download: img2dataset's line, and what failed.
func printReport(ctx context.Context, e *env, o *opened, s schemas.Summary, asJSON bool) error {
	r, err := o.report(ctx, 20)
	if err != nil {
		return err
	}
	fmt.Fprintln(e.stderr)
	if err := r.Text(e.stderr); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "\n%s: %d rows in %s\n", o.run, s.Candidates, o.place)
	if asJSON {
		if err := printJSON(e.stdout, s); err != nil {
			return err
		}
	}
	if n, err := o.countGivenUp(ctx); n > 0 || err != nil {
		if err != nil {
			return err
		}
		return codeError{exitQuarantined, fmt.Errorf("%d jobs with %d rows were given up: see runs/%s/quarantine/ in %s", n, s.Quarantined, o.run, o.place)}
	}
	return nil
}
