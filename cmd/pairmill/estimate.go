package main

import (
	"path/filepath"

	"pairmill/internal/report"
	"pairmill/internal/specfile"
)

type estimateCmd struct {
	Run_  string `arg:"" name:"run" help:"STORE/runs/NAME, a store with one run, or the spec of a run in --store."`
	Store string `help:"Where the run of a spec is." default:"pairmill-data" placeholder:"DIR"`
	JSON  bool   `name:"json" help:"Print one JSON object."`
}

// Help adds to the command's help text.
func (estimateCmd) Help() string {
	return "Take a sample first (`pairmill download --sample 0.01`, `pairmill run --sample 0.01`): its rows are drawn by hash, and the whole run later goes on with what the sample has done."
}

// Run prints the estimate.
func (c *estimateCmd) Run(e *env) error {
	location := c.Run_
	if ext := filepath.Ext(location); (ext == ".yaml" || ext == ".yml") && !isFolder(location) {
		spec, data, err := readSpec(location)
		if err != nil {
			return usage(err)
		}
		at, err := parsePlace(c.Store)
		if err != nil {
			return usage(err)
		}
		location = at.join("runs/" + specfile.RunName(spec, data, ""))
	}
	at, run, err := findRun(e.ctx, location)
	if err != nil {
		return err
	}
	s, err := at.open(e.ctx)
	if err != nil {
		return err
	}
	defer closeStore(s)
	spec, err := readRunSpec(e.ctx, s, run)
	if err != nil {
		return err
	}
	estimate, err := report.Extrapolate(e.ctx, s, run, spec.Fetch.PerHost)
	if err != nil {
		return interrupted(e.ctx, err)
	}
	if c.JSON {
		return printJSON(e.stdout, estimate)
	}
	return estimate.Text(e.stdout)
}
