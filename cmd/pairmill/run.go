package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"pairmill/internal/specfile"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/workers"
)

type runCmd struct {
	Spec    string `arg:"" help:"The spec, a YAML file." type:"path"`
	Store   string `help:"Folder for the run and its datasets; made if it is missing." default:"pairmill-data" placeholder:"DIR" type:"path"`
	NATS    string `name:"nats" help:"URL of a NATS server to queue jobs on. Default: a server inside this process." placeholder:"URL"`
	Workers int    `help:"Jobs of one stage that run side by side." default:"4"`
	ID      string `name:"id" help:"Name of the run. Default: the spec's name and a hash of the spec, so that the same spec goes on with the same run." placeholder:"NAME"`
	JSON    bool   `name:"json" help:"End with one JSON object on standard output."`
}

// Help adds to the command's help text.
func (runCmd) Help() string {
	return "Everything that a run knows stands in the store. Kill it whenever you like: the same command goes on, and repeats at most the jobs that were in work."
}

// Run takes a spec from its source to a dataset.
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
	opened, err := c.open(e, run, data, p)
	if err != nil {
		return err
	}
	err = workers.Drive(e.ctx, opened.queue, opened.handlers, opened.ending, workers.Config{Concurrency: c.Workers, Log: p.log})
	p.close()
	summary, serr := summarize(opened.store, run, started)
	givenUp, gerr := countGivenUp(opened.store, run)
	err = errors.Join(err, serr, gerr, opened.close())
	if err != nil {
		return interrupted(e.ctx, err)
	}
	if err := c.report(e, summary); err != nil {
		return err
	}
	if givenUp > 0 {
		return codeError{exitQuarantined, fmt.Errorf("%d jobs with %d rows were given up: see %squarantine/ in %s",
			givenUp, summary.Quarantined, store.Run(run), c.Store)}
	}
	return nil
}

// countGivenUp counts the jobs of a run that were given up, with rows or without.
func countGivenUp(s store.Store, run string) (n int, err error) {
	for _, err := range ledger.Quarantined(context.Background(), s, run) {
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
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
		sum := sha256.Sum256(data)
		id = fmt.Sprintf("%s-%x", spec.Name, sum[:4])
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

// summarize adds the run up from the store.
func summarize(s store.Store, run string, started time.Time) (schemas.Summary, error) {
	ctx := context.Background()
	counts, err := ledger.Sum(ctx, s, run)
	if err != nil {
		return schemas.Summary{}, fmt.Errorf("sum up %s: %w", run, err)
	}
	summary := schemas.Summarize(run, counts)
	for rec, err := range ledger.Group(ctx, s, run, schemas.TaskRelease, schemas.GroupAll) {
		if err != nil {
			return summary, err
		}
		if m := rec.Of(schemas.RoleManifest); len(m) > 0 {
			summary.Dataset = filepath.ToSlash(filepath.Dir(m[0].Key)) + "/"
		}
	}
	summary.Seconds = time.Since(started).Seconds()
	return summary, nil
}

func (c *runCmd) report(e *env, s schemas.Summary) error {
	printSummary(e.stderr, s, c.Store)
	if !c.JSON {
		return nil
	}
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "%s\n", data)
	return err
}

// logger writes log lines to w, at the level that the user asked for.
func logger(e *env, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(e.level)); err != nil {
		level = slog.LevelInfo
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}
