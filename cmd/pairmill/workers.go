package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"pairmill/cluster"
	"pairmill/control/api"
	"pairmill/schemas"
)

type workersCmd struct {
	JSON   bool `name:"json" help:"Print one JSON object."`
	asking `embed:""`
}

// Run lists the processes of a cluster.
func (c *workersCmd) Run(e *env) error {
	cl, err := c.client()
	if err != nil {
		return err
	}
	got, err := cl.Members(e.ctx)
	if err != nil {
		return asked(err)
	}
	if c.JSON {
		return printJSON(e.stdout, got)
	}
	t := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "member\ton\tpid\tversion\tup\tdoes\trate\tjobs\t")
	for _, m := range got.Members {
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t\n", m.ID, m.Host, m.PID, m.Version, lasting(time.Since(m.Started)),
			does(m, got.Leader), perSecond(m.Rate), jobsInWork(m.Jobs))
	}
	return t.Flush()
}

// does says what a process is there for, and what keeps it from that.
func does(m api.Member, leader string) string {
	what := "leads, " + m.API
	switch {
	case m.Role == cluster.RoleControl && m.ID != leader:
		what = "stands by, " + m.API
	case m.Role == cluster.RoleWorker && slices.Equal(m.Stages, schemas.Stages()):
		what = fmt.Sprintf("all stages × %d", m.Concurrency)
	case m.Role == cluster.RoleWorker:
		what = strings.Trim(fmt.Sprint(m.Stages), "[]") + fmt.Sprintf(" × %d", m.Concurrency)
	}
	if m.Draining {
		what += ", draining"
	}
	if m.Paused != "" {
		what += ", paused: " + m.Paused
	}
	return what
}
