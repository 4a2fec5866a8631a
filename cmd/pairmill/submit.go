package main

import (
	"fmt"

	"pairmill/control/api"
)

type submitCmd struct {
	Spec   string `arg:"" help:"The spec, a YAML file." type:"path"`
	ID     string `name:"id" help:"Name of the run, or of the schedule. Default: the spec's name and a hash of the spec, so that the same spec is the same run." placeholder:"NAME"`
	Since  string `help:"A run of the store: what has not changed on the web since then is taken over from it." placeholder:"RUN"`
	Weight int    `help:"Share of the workers beside other runs, 1 to 100." default:"1"`
	JSON   bool   `name:"json" help:"Print one JSON object."`
	asking `embed:""`
}

// Help adds to the command's help text.
func (submitCmd) Help() string {
	return "The run goes on in the cluster; `pairmill status RUN --watch` follows it. A spec with a section schedule is scheduled instead: each of its times makes a run " +
		"(`pairmill schedule run-now` does at once)."
}

// Run submits.
func (c *submitCmd) Run(e *env) error {
	spec, text, err := readSpec(c.Spec)
	if err != nil {
		return usage(err)
	}
	if spec.Schedule != nil && c.Since != "" {
		return usage(fmt.Errorf("--since %s: each run of a schedule is since its last one", c.Since))
	}
	if spec.Schedule != nil {
		return setSchedule(e, c.asking, api.Series{Spec: string(text), Name: c.ID, Weight: c.Weight, By: whoAsks()}, c.JSON)
	}
	cl, err := c.client()
	if err != nil {
		return err
	}
	got, err := cl.Submit(e.ctx, api.Submission{Spec: string(text), Name: c.ID, Since: c.Since, Weight: c.Weight, By: whoAsks()})
	if err != nil {
		return asked(err)
	}
	if c.JSON {
		return printJSON(e.stdout, got)
	}
	fmt.Fprintln(e.stdout, got.Run)
	if got.Created {
		fmt.Fprintf(e.stderr, "submitted; follow it: pairmill status %s --watch\n", got.Run)
	} else {
		fmt.Fprintf(e.stderr, "this spec is run %s already, which is %s\n", got.Run, got.State)
	}
	return nil
}
