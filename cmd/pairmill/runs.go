package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"pairmill/control/api"
	"pairmill/schemas"
)

type runsCmd struct {
	JSON   bool `name:"json" help:"Print one JSON object."`
	asking `embed:""`
}

// Run lists the runs of a cluster.
func (c *runsCmd) Run(e *env) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	got, err := cl.Runs(e.ctx)
	if err != nil {
		return asked(err)
	}
	if c.JSON {
		return printJSON(e.stdout, got)
	}
	t := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "run\tstate\tweight\tage\tfetched\tdropped\trate\tleft\t")
	for _, r := range got.Runs {
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t\n", r.Run, stateOf(r), r.Weight, lasting(time.Since(r.Submitted)),
			outOf(r.Rows.In, r.Rows.Planned), grouped(r.Rows.Dropped), perSecond(r.Rate), left(r.ETASeconds))
	}
	return t.Flush()
}

// stateOf is a run's state, with what keeps it waiting.
func stateOf(r api.Run) string {
	if r.After != "" && r.State == "queued" {
		return "queued after " + r.After
	}
	return stateWord(r.State, r.Halt)
}

// stateWord is a state, with what has halted the run.
func stateWord(state schemas.RunState, halt schemas.Halt) string {
	if halt == "" {
		return string(state)
	}
	return fmt.Sprintf("%s (%s)", state, halt)
}
