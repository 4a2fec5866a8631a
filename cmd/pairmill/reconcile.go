package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"pairmill/control/api"
	"pairmill/internal/specfile"
	"pairmill/schemas"
	"pairmill/workers"
)

type reconcileCmd struct {
	Run_   string `arg:"" optional:"" name:"run" help:"Name of a run of the cluster. Or, without a cluster: STORE/runs/NAME, or a store with one run."`
	All    bool   `help:"Every run of the cluster that is not over."`
	JSON   bool   `name:"json" help:"Print one JSON object."`
	asking `embed:""`
}

// Help adds to the command's help text.
func (reconcileCmd) Help() string {
	return "What the store says is to do and the queue does not hold is queued again, and what the queue has lost is made again, empty. What is queued or in work " +
		"stays as it is. A cluster does so by itself, when its leader changes, when NATS has lost something, and once a minute; this does it now, and says what was missing. " +
		"Of a store without a cluster it says what `pairmill run` would queue at its start, and changes nothing."
}

// reconcilePatience is how long a cluster may take. It lists much of each run's part of the store.
const reconcilePatience = 30 * time.Minute

// Run derives.
func (c *reconcileCmd) Run(e *env) error {
	var got api.Reconciled
	var err error
	alone := false
	switch {
	case c.All == (c.Run_ != ""):
		return usage(errors.New("name one run, or say --all"))
	case c.Run_ != "" && (!schemas.ValidName(c.Run_) || isFolder(c.Run_)):
		alone = true
		got, err = c.look(e)
	default:
		got, err = c.ask(e)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(e.stdout, got)
	} else {
		err = printReconciled(e.stdout, got, alone)
	}
	for _, d := range got.Runs {
		if d.Error != "" {
			err = errors.Join(err, errQuiet)
		}
	}
	return err
}

// ask has the cluster do it.
func (c *reconcileCmd) ask(e *env) (api.Reconciled, error) {
	cl, err := c.patient(reconcilePatience)
	if err != nil {
		return api.Reconciled{}, err
	}
	got, err := cl.Reconcile(e.ctx, api.Reconcile{Run: c.Run_})
	return got, asked(err)
}

// look derives a run from a store, and leaves it at that.
func (c *reconcileCmd) look(e *env) (out api.Reconciled, err error) {
	at, run, err := findRun(e.ctx, c.Run_)
	if err != nil {
		return out, err
	}
	s, err := at.open(e.ctx)
	if err != nil {
		return out, err
	}
	defer closeStore(s)
	h := workers.NewHandlers(workers.Deps{Store: s, ReadSpec: specfile.Parse, Files: openFiles(), Version: version})
	defer func() { err = errors.Join(err, h.Close()) }()
	d := api.Derived{Run: run, State: schemas.RunRunning, Open: []api.Open{}}
	out = api.Reconciled{Streams: []string{}, Consumers: []string{}, Adopted: []string{}}
	over, err := h.Over(e.ctx, run)
	switch {
	case errors.Is(err, workers.ErrStopped):
		d.State, d.Error, err = schemas.RunStopped, err.Error(), nil
	case over:
		d.State = schemas.RunDone
	case err == nil:
		var open []schemas.Job
		open, err = h.Reconcile(e.ctx, run)
		d.Open = api.OpenByStage(open, nil)
	}
	out.Runs = []api.Derived{d}
	return out, err
}

// printReconciled says what was missing. Without a cluster, nothing was queued.
func printReconciled(w io.Writer, got api.Reconciled, alone bool) error {
	var b strings.Builder
	if len(got.Streams) > 0 {
		fmt.Fprintf(&b, "made again, empty: %s\n", strings.Join(got.Streams, " "))
	}
	if n := len(got.Consumers); n > 0 {
		fmt.Fprintf(&b, "made again: %d consumers, such as %s\n", n, got.Consumers[0])
	}
	for _, run := range got.Adopted {
		fmt.Fprintf(&b, "had messages queued, and nobody had made it known: %s\n", run)
	}
	for _, d := range got.Runs {
		fmt.Fprintf(&b, "%s  %s  %s\n", d.Run, d.State, found(d, alone))
	}
	if len(got.Runs) == 0 {
		b.WriteString("no run that is not over\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// found says in words what the store says of a run.
func found(d api.Derived, alone bool) string {
	jobs, again := 0, 0
	var stages, queued []string
	for _, o := range d.Open {
		jobs, again = jobs+o.Jobs, again+o.Again
		stages = append(stages, fmt.Sprintf("%s %d", o.Stage, o.Jobs))
		if o.Again > 0 {
			queued = append(queued, fmt.Sprintf("%s %d", o.Stage, o.Again))
		}
	}
	switch {
	case d.Error != "":
		return "error: " + oneLine(d.Error)
	case d.After != "":
		return "waits for " + d.After
	case d.State.Over():
		return "nothing is to do"
	case jobs == 0:
		return "nothing can be done now"
	case alone:
		return fmt.Sprintf("%d jobs to do: %s; `pairmill run` queues them at its start", jobs, strings.Join(stages, ", "))
	case again == 0:
		return fmt.Sprintf("%d jobs to do: %s; the queue holds them all", jobs, strings.Join(stages, ", "))
	}
	return fmt.Sprintf("%d jobs to do: %s; %d were missing and are queued again: %s", jobs, strings.Join(stages, ", "), again, strings.Join(queued, ", "))
}
