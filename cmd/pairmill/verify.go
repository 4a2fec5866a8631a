package main

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"

	"pairmill/internal/specfile"
	"pairmill/internal/verify"
	"pairmill/store"
	"pairmill/store/local"
)

type verifyCmd struct {
	Path string `arg:"" help:"Folder of a store, of a run in it (STORE/runs/NAME), or of a dataset version, in a store or copied out of one." type:"path"`
	JSON bool   `name:"json" help:"Print each finding as one JSON object a line."`
}

// Help adds to the command's help text.
func (verifyCmd) Help() string {
	return "Exit code 0: everything is as it is said to be. 3: it is not; each finding names the object and the place in it. " +
		"Objects that nothing names are told as garbage and are no finding. Nothing is changed."
}

// Run verifies and prints.
func (c *verifyCmd) Run(e *env) error {
	target, err := findTarget(c.Path)
	if err != nil {
		return usage(err)
	}
	s, err := local.New(target.store)
	if err != nil {
		return err
	}
	defer s.Close()
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

// target is what a path stands for: a store, and a run or a version in it.
type target struct {
	store, run, version string
	dataset             bool // version counts: empty for a folder that is a version itself
}

// findTarget looks at what a folder is.
func findTarget(path string) (target, error) {
	if !isFolder(path) {
		return target{}, fmt.Errorf("%s is no folder", path)
	}
	parent := filepath.Dir(path)
	switch {
	case filepath.Base(parent) == "runs" && (exists(path, "commits") || exists(path, "spec.yaml")):
		return target{store: filepath.Dir(parent), run: filepath.Base(path)}, nil
	case filepath.Base(filepath.Dir(parent)) == "datasets" && exists(filepath.Dir(filepath.Dir(parent)), "runs"):
		root := filepath.Dir(filepath.Dir(parent))
		return target{store: root, version: "datasets/" + filepath.Base(parent) + "/" + filepath.Base(path) + "/", dataset: true}, nil
	case exists(path, "manifest.json"), exists(path, "shards") && exists(path, "data"):
		return target{store: path, dataset: true}, nil
	case exists(path, "runs"), exists(path, "datasets"):
		return target{store: path}, nil
	}
	return target{}, fmt.Errorf("%s is neither a store (runs/, datasets/), nor a run (commits/), nor a dataset version (manifest.json)", path)
}

func exists(elements ...string) bool {
	_, err := os.Stat(filepath.Join(elements...))
	return err == nil
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
