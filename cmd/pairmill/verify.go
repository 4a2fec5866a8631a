package main

import (
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strconv"
	"text/tabwriter"

	"golang.org/x/term"

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

// findingPrinter prints findings as they come, as a table or as JSON lines.
type findingPrinter struct {
	w     io.Writer
	json  bool
	table *tabwriter.Writer
	n     int
}

// tableRows is how many findings are aligned with one another: a table that waited for all would hold all.
const tableRows = 100

func (p *findingPrinter) print(f verify.Finding) error {
	if p.json {
		data, err := json.Marshal(f)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.w, "%s\n", data)
		return err
	}
	if p.table == nil {
		p.table = tabwriter.NewWriter(p.w, 0, 0, 2, ' ', 0)
		fmt.Fprintln(p.table, "check\tobject\trow\tkey\tplace\twant\tgot")
	}
	row := ""
	if f.Row != verify.Whole {
		row = strconv.FormatInt(f.Row, 10)
	}
	fmt.Fprintf(p.table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", f.Check, plainText(f.Object), row, plainText(f.Key), plainText(f.Place), plainText(f.Want), plainText(f.Got))
	if p.n++; p.n%tableRows == 0 {
		return p.table.Flush()
	}
	return nil
}

func (p *findingPrinter) flush() error {
	if p.table == nil {
		return nil
	}
	return p.table.Flush()
}

// counter shows on a terminal how much has been read.
type counter struct {
	w               io.Writer // nil where there is no terminal
	objects, bytes  int64
	findings, notes int
}

func newCounter(w io.Writer) *counter {
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &counter{w: w}
	}
	return &counter{}
}

func (c *counter) count(_ string, bytes int64) {
	c.objects++
	c.bytes += bytes
	if c.w != nil {
		fmt.Fprintf(c.w, "\r%d objects, %.1f MB\x1b[K", c.objects, float64(c.bytes)/1e6)
	}
}

// clear removes the counter, so that what follows stands on a line of its own.
func (c *counter) clear() {
	if c.w != nil {
		fmt.Fprint(c.w, "\r\x1b[K")
	}
}

func (c *counter) String() string {
	return fmt.Sprintf("%d objects read, %.1f MB; %d findings, %d notes", c.objects, float64(c.bytes)/1e6, c.findings, c.notes)
}
