package main

import (
	"bytes"
	"fmt"
	"os"

	"pairmill/internal/sheet"
)

type lookCmd struct {
	Dataset string `arg:"" help:"A dataset, for its latest version, or one version: a folder or s3://."`
	Pairs   int    `short:"n" help:"Best and worst pairs to show, 1 to 200." default:"6"`
	Out     string `short:"o" help:"Also write one HTML page with pictures, funnel and histogram." placeholder:"FILE.html" type:"path"`
}

// Run prints the best and worst pairs and writes the page.
func (c *lookCmd) Run(e *env) error {
	if c.Pairs < 1 || c.Pairs > sheet.MaxPairs {
		return usage(fmt.Errorf("%d pairs: want 1 to %d (setting: -n)", c.Pairs, sheet.MaxPairs))
	}
	v, err := openVersion(e.ctx, c.Dataset)
	if err != nil {
		return err
	}
	defer closeStore(v)
	s, err := sheet.Read(e.ctx, v, sheet.Config{Pairs: c.Pairs, Pictures: c.Out != ""})
	if err != nil {
		return interrupted(e.ctx, err)
	}
	if err := s.WriteText(e.stdout); err != nil || c.Out == "" {
		return err
	}
	var b bytes.Buffer
	if err := s.WriteHTML(&b); err != nil {
		return err
	}
	if err := os.WriteFile(c.Out, b.Bytes(), 0o644); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stderr, "wrote %s\n", c.Out)
	return err
}
