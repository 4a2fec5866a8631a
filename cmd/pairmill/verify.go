package main

import (
	"context"
	"fmt"
	"iter"
	"os"

	"pairmill/internal/specfile"
	"pairmill/internal/verify"
	"pairmill/store"
)

type verifyCmd struct {
	Path string `arg:"" help:"A store, a run in it (STORE/runs/NAME), or a dataset version, in a store or copied out of one: a folder or s3://."`
	JSON bool   `name:"json" help:"Print each finding as one JSON object a line."`
}

// Help adds to the command's help text.
func (verifyCmd) Help() string {
	return "Exit code 0: everything is as it is said to be. 3: it is not; each finding names the object and the place in it. " +
		"Objects that nothing names are told as garbage and are no finding. Nothing is changed."
}

// Run verifies and prints.
func (c *verifyCmd) Run(e *env) error {
	target, err := findTarget(e.ctx, c.Path)
	if err != nil {
		return err
	}
	s := target.store
	defer closeStore(s)
	p := newCounter(e.stderr)
	cfg := verify.Config{ReadSpec: specfile.Parse, Progress: p.count}
	out := findingPrinter{w: e.stdout, json: c.JSON}
	for f, err := range target.findings(e, s, cfg) {
		if err != nil {
			p.clear()
			return interrupted(e.ctx, err)
		}
		if p.clear(); f.Check.Note() {
			p.notes++
		} else {
			p.findings++
		}
		if err := out.print(f); err != nil {
			return err
		}
	}
	p.clear()
	if err := out.flush(); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "%s: %s\n", c.Path, p)
	if p.findings > 0 {
		return codeError{exitQuarantined, errQuiet}
	}
	return nil
}

// target is what a location stands for: a store, and a run or a version in it.
type target struct {
	store        store.Store
	run, version string
	dataset      bool // version counts: empty for a place that is a version itself
}

// findTarget looks at what a place is.
func findTarget(ctx context.Context, location string) (t target, err error) {
	at, s, err := openThere(ctx, location)
	if err != nil {
		return t, err
	}
	parent, name := at.up()
	grand, folder := parent.up()
	t = target{store: s}
	if folder == "runs" {
		t.store, t.run = nil, name
	} else if root, datasets := grand.up(); datasets == "datasets" {
		t.version, t.dataset = "datasets/"+folder+"/"+name+"/", true
		grand = root
	}
	if folder == "runs" || t.dataset {
		root, err := grand.open(ctx)
		if err != nil {
			return t, err
		}
		if ok, err := holds(ctx, root, "runs/"+t.run); ok || err != nil {
			closeStore(s)
			t.store = root
			return t, err
		}
		closeStore(root)
		t = target{store: s}
	}
	if version, err := holds(ctx, s, "manifest.json", "data/"); version || err != nil {
		t.dataset = true
		return t, err
	}
	if whole, err := holds(ctx, s, "runs/", "datasets/"); whole || err != nil {
		return t, err
	}
	closeStore(s)
	return t, usage(fmt.Errorf("%s is neither a store (runs/, datasets/), nor a run (commits/), nor a dataset version (manifest.json)", at))
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func (t target) findings(e *env, s store.Store, cfg verify.Config) iter.Seq2[verify.Finding, error] {
	switch {
	case t.dataset:
		return verify.Dataset(e.ctx, s, t.version, cfg)
	case t.run != "":
		return verify.Run(e.ctx, s, t.run, cfg)
	}
	return verify.Store(e.ctx, s, cfg)
}
