package main

import (
	"fmt"
	"os"

	"pairmill/internal/specfile"
)

type specCmd struct {
	Init   specInitCmd   `cmd:"" help:"Write a commented example."`
	Check  specCheckCmd  `cmd:"" help:"Read a spec and say everything that is wrong with it."`
	Schema specSchemaCmd `cmd:"" help:"Print the JSON Schema, for editors."`
}

type specInitCmd struct {
	Path string `arg:"" optional:"" help:"File to create. Default: standard output." type:"path"`
}

// Run writes the example; it never overwrites a file.
func (c *specInitCmd) Run(e *env) error {
	if c.Path == "" {
		_, err := e.stdout.Write(specfile.Example())
		return err
	}
	f, err := os.OpenFile(c.Path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return usage(err)
	}
	if _, err := f.Write(specfile.Example()); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "wrote %s: set its seeds, then: pairmill run %s\n", c.Path, c.Path)
	return nil
}

type specCheckCmd struct {
	Path string `arg:"" help:"The spec." type:"path"`
}

// Run prints nothing but the problems.
func (c *specCheckCmd) Run(*env) error {
	if _, _, err := readSpec(c.Path); err != nil {
		return usage(err)
	}
	return nil
}

type specSchemaCmd struct{}

// Run prints the schema.
func (c *specSchemaCmd) Run(e *env) error {
	_, err := e.stdout.Write(specfile.Schema())
	return err
}
