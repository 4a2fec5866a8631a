package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"pairmill/internal/specfile"
	"pairmill/schemas"
	"pairmill/store"
)

type runCmd struct {
	Spec    string  `arg:"" help:"The spec, a YAML file." type:"path"`
	Store   string  `help:"Folder, or s3://bucket/prefix, for the run and its datasets; a folder is made if it is missing." default:"pairmill-data" placeholder:"DIR"`
	Workers int     `help:"Jobs of one stage that run side by side." default:"4"`
	ID      string  `name:"id" help:"Name of the run. Default: the spec's name and a hash of the spec, so that the same spec goes on with the same run." placeholder:"NAME"`
	Sample  float64 `help:"Take this share of a list's rows only, by hash: a larger share later goes on with what is there. A dataset gets a version for each." default:"1" placeholder:"SHARE"`
	Since   string  `help:"A run of the store: what has not changed on the web since then is taken over from it." placeholder:"RUN"`
	driving `embed:""`
}

// Help adds to the command's help text.
func (runCmd) Help() string {
	return "Everything that a run knows stands in the store. Kill it whenever you like: the same command goes on, and repeats at most the jobs that were in work."
}

// Run takes a spec from its source to its end.
func (c *runCmd) Run(e *env) error {
	started := time.Now()
	spec, data, err := readSpec(c.Spec)
	if err != nil {
		return usage(err)
	}
	run, err := c.runID(spec, data)
	if err != nil {
		return usage(err)
	}
	p := newProgress(e, run)
	o, err := openRun(e, &c.driving, c.Store, run, p)
	if err != nil {
		p.close()
		return err
	}
	if spec.Schedule != nil {
		p.log.Warn("this runs the spec once: its schedule is for a cluster (pairmill submit)", "run", run)
	}
	err = c.all(e.ctx, o, spec, data, p)
	p.close()
	return c.end(e, o, started, err)
}

// all submits the spec and drives the passes that it takes to have the share of the rows that is asked for.
func (c *runCmd) all(ctx context.Context, o *opened, spec schemas.Spec, data []byte, p *progress) error {
	if c.Sample < 1 && (spec.Source.List == nil || c.Sample <= 0) {
		return usage(fmt.Errorf("--sample %v: want a share above 0, of a spec with source.list", c.Sample))
	}
	if err := o.begin(ctx, data, schemas.Generation{Version: schemas.Version, To: c.Sample, Since: c.Since}); err != nil {
		return err
	}
	for {
		if err := o.drive(ctx, p, c.Workers); err != nil || spec.Source.List == nil {
			return err
		}
		more, err := o.larger(ctx, c.Sample)
		if !more || err != nil {
			return err
		}
	}
}

// end says what the run has come to.
func (c *runCmd) end(e *env, o *opened, started time.Time, err error) error {
	ctx := context.WithoutCancel(e.ctx)
	summary, serr := o.summarize(ctx, started)
	givenUp, gerr := o.countGivenUp(ctx)
	if err = errors.Join(err, serr, gerr, o.close()); err != nil {
		return interrupted(e.ctx, err)
	}
	printSummary(e.stderr, summary, o.place)
	if c.JSON {
		if err := printJSON(e.stdout, summary); err != nil {
			return err
		}
	}
	if givenUp > 0 {
		return codeError{exitQuarantined, fmt.Errorf("%d jobs with %d rows were given up: see %squarantine/ in %s",
			givenUp, summary.Quarantined, store.Run(o.run), c.Store)}
	}
	return nil
}

// printJSON prints one object on a line.
func printJSON(w io.Writer, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", data)
	return err
}

func readSpec(path string) (schemas.Spec, []byte, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return schemas.Spec{}, nil, err
	}
	spec, err := specfile.Parse(filepath.Base(path), data)
	return spec, data, err
}

func (c *runCmd) runID(spec schemas.Spec, data []byte) (string, error) {
	id := c.ID
	if id == "" {
		id = specfile.RunName(spec, data, c.Since)
	}
	if !schemas.ValidName(id) {
		return "", fmt.Errorf("run name %q: want 1 to 64 of a-z, 0-9 and inner hyphens (setting: --id)", id)
	}
	return id, nil
}

// interrupted says how to go on, if it was the user who ended the run.
func interrupted(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return codeError{exitInterrupted, errors.New("interrupted; the same command goes on where this one stopped")}
	}
	return err
}
