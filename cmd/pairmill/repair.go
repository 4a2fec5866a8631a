package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"pairmill/internal/repair"
	"pairmill/internal/specfile"
	"pairmill/internal/verify"
	"pairmill/schemas"
	"pairmill/workers"
)

type repairCmd struct {
	Path   string `arg:"" optional:"" help:"A store, or a run in it (STORE/runs/NAME); with --store, a run's name. A version of a dataset is repaired with its run."`
	Store  string `help:"Folder, or s3://bucket/prefix, that has the run; without a name, all its runs." placeholder:"DIR"`
	DryRun bool   `name:"dry-run" help:"Say what would be made again, how, and with how many requests; change nothing."`
	JSON   bool   `name:"json" help:"Print what becomes of each object as one JSON object a line, and one with the sums last."`
}

// Help adds to the command's help text.
func (repairCmd) Help() string {
	return "What is damaged or missing is copied from another object with the same content where there is one, or made again by the job that made it: " +
		"published shards, tables and columns without a request, shards of a run with requests for those pictures alone that are nowhere else. " +
		"What the web does not have any more is dropped as damaged in a run that delivers shards, and `pairmill retry` asks for it again. " +
		"Exit code 0: everything is as its record says. 3: something stays damaged; each line says why. It can be interrupted, and run again."
}

// Run looks for damage and repairs it.
func (c *repairCmd) Run(e *env) error {
	at, runs, err := c.find(e)
	if err != nil {
		return err
	}
	s, err := at.open(e.ctx)
	if err != nil {
		return err
	}
	defer closeStore(s)
	dir, err := at.localDir()
	if err != nil {
		return err
	}
	spools := filepath.Join(dir, ".spool")
	if err := os.MkdirAll(spools, 0o755); err != nil {
		return err
	}
	out := &repairPrinter{e: e, cmd: c}
	p := newCounter(e.stderr)
	log := logger(e, e.stderr)
	var sum repair.Report
	for _, run := range runs {
		rep, err := repair.Run(e.ctx, s, run, repair.Config{
			Deps: workers.Deps{
				ReadSpec: specfile.Parse, OpenEncoder: openEncoder(log), OpenSandbox: openSandbox, Sandboxed: sandboxed(), Files: openFiles(), Version: version, Dir: spools,
			},
			Verify: verify.Config{ReadSpec: specfile.Parse, Dir: spools, Progress: p.count},
			DryRun: c.DryRun, Version: version,
			Tell: func(o repair.Outcome) { p.clear(); out.print(o) },
			Begin: func(job schemas.Job, requests int) {
				p.clear()
				log.Info("make again", "run", job.Run, "job", job.ID(), "requests", requests)
			},
		})
		p.clear()
		sum = added(sum, rep)
		if err != nil {
			return interrupted(e.ctx, fmt.Errorf("repair %s: %w", run, err))
		}
	}
	if err := out.end(sum); err != nil {
		return err
	}
	if sum.Left > 0 || c.DryRun && sum.Damaged > 0 {
		return codeError{exitQuarantined, errQuiet}
	}
	return nil
}

// find reads which runs of which store are meant.
func (c *repairCmd) find(e *env) (at place, runs []string, err error) {
	location := c.Path
	if c.Store != "" {
		location = c.Store
	}
	if location == "" {
		return at, nil, usage(errors.New("no run: want STORE, STORE/runs/NAME, or a run's name with --store"))
	}
	t, err := findTarget(e.ctx, location)
	if err != nil {
		return at, nil, err
	}
	defer closeStore(t.store)
	if at, err = parsePlace(location); err != nil {
		return at, nil, usage(err)
	}
	switch {
	case t.dataset && t.version == "":
		return at, nil, usage(fmt.Errorf("%s is a version that was copied out of its store: repair the store, and copy it again", location))
	case t.dataset:
		for range 3 { // datasets/NAME/VERSION
			at, _ = at.up()
		}
	case t.run != "":
		for range 2 { // runs/NAME
			at, _ = at.up()
		}
		return at, []string{t.run}, nil
	}
	names, err := runsIn(e.ctx, t.store)
	if err != nil {
		return at, nil, err
	}
	if name := c.Path; c.Store != "" && name != "" {
		if !schemas.ValidName(name) || !names[name] {
			return at, nil, usage(fmt.Errorf("%s has no run %s", at, name))
		}
		return at, []string{name}, nil
	}
	return at, slices.Sorted(maps.Keys(names)), nil
}

func added(a, b repair.Report) repair.Report {
	a.Damaged += b.Damaged
	a.Repaired += b.Repaired
	a.Changed += b.Changed
	a.Left += b.Left
	a.Requests += b.Requests
	a.Embeds += b.Embeds
	a.Lost += b.Lost
	return a
}

// repairPrinter prints outcomes as they come.
type repairPrinter struct {
	e     *env
	cmd   *repairCmd
	table *tabwriter.Writer
	err   error
}

func (p *repairPrinter) print(o repair.Outcome) {
	if p.err != nil {
		return
	}
	if p.cmd.JSON {
		p.err = printJSON(p.e.stdout, o)
		return
	}
	if p.table == nil {
		p.table = tabwriter.NewWriter(p.e.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(p.table, "object\tdamage\tway\tfrom\tcost\twhy")
	}
	fmt.Fprintf(p.table, "%s\t%s\t%s\t%s\t%s\t%s\n", plainText(o.Object), o.Damage, o.Way, plainText(o.From), cost(o), plainText(o.Why))
	p.err = p.table.Flush()
}

// cost is what an object took.
func cost(o repair.Outcome) string {
	var parts []string
	if o.Requests > 0 {
		parts = append(parts, fmt.Sprintf("%d requests", o.Requests))
	}
	if o.Embeds > 0 {
		parts = append(parts, fmt.Sprintf("%d pairs embedded", o.Embeds))
	}
	if o.Lost > 0 {
		parts = append(parts, fmt.Sprintf("%d rows lost", o.Lost))
	}
	return strings.Join(parts, ", ")
}

func (p *repairPrinter) end(sum repair.Report) error {
	if p.err != nil {
		return p.err
	}
	if p.cmd.JSON {
		return printJSON(p.e.stdout, sum)
	}
	verb := "repaired"
	if p.cmd.DryRun {
		verb = "would be repaired"
	}
	fmt.Fprintf(p.e.stderr, "%d objects damaged: %d %s, %d changed, %d left; %d requests, %d pairs embedded, %d rows lost\n",
		sum.Damaged, sum.Repaired, verb, sum.Changed, sum.Left, sum.Requests, sum.Embeds, sum.Lost)
	if sum.Lost > 0 {
		fmt.Fprintf(p.e.stderr, "the lost rows are dropped as %s: pairmill retry --reason %s asks for them again\n", schemas.Damaged, schemas.Damaged)
	}
	return nil
}
