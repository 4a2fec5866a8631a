package main

import (
	"fmt"

	"pairmill/control/api"
	"pairmill/schemas"
)

type submitCmd struct {
	Spec   string `arg:"" help:"The spec, a YAML file." type:"path"`
	ID     string `name:"id" help:"Name of the run, or of the schedule. Default: the spec's name and a hash of the spec, so that the same spec is the same run." placeholder:"NAME"`
	Since  string `help:"A run of the store: what has not changed on the web since then is taken over from it." placeholder:"RUN"`
	Weight int    `help:"Share of the workers beside other runs, 1 to 100." default:"1"`
	JSON   bool   `name:"json" help:"Print one JSON object."`
	limits `embed:""`
	asking `embed:""`
}

// limits are the options that bound a run.
type limits struct {
	MaxBytes   int64   `help:"Pause the run, at the end of the shards in work, once so many bytes were received in all. 0 = no limit." default:"0" placeholder:"N"`
	MaxSeconds float64 `help:"Pause it so once it has gone on for so many seconds, its pauses left out. 0 = no limit." default:"0" placeholder:"S"`
	Anomaly    float64 `help:"Pause it when one reason takes this share of the last 500 rows of its workers. 0 = by class: 0.5 ours, 0.8 refused, 0.95 gone; 1 = never." default:"0" placeholder:"SHARE"`
}

func (l limits) wish() schemas.Limits {
	return schemas.Limits{MaxBytes: l.MaxBytes, MaxSeconds: l.MaxSeconds, Anomaly: l.Anomaly}
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
		return setSchedule(e, c.asking, api.Series{Spec: string(text), Name: c.ID, Weight: c.Weight, By: whoAsks(), Limits: c.wish()}, c.JSON)
	}
	cl, err := c.client()
	if err != nil {
		return err
	}
	got, err := cl.Submit(e.ctx, api.Submission{Spec: string(text), Name: c.ID, Since: c.Since, Weight: c.Weight, By: whoAsks(), Limits: c.wish()})
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
		if c.wish() != (schemas.Limits{}) {
			fmt.Fprintf(e.stderr, "its limits stay as they are: pairmill resume %s, with the same options, sets others\n", got.Run)
		}
	}
	return nil
}
