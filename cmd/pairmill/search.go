package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"unicode"

	"pairmill/encoder"
	"pairmill/encoder/onnx"
	"pairmill/imaging"
	"pairmill/internal/search"
)

type searchCmd struct {
	Dataset string `arg:"" help:"A dataset, for its latest version, or one version: a folder or s3://; or a dataset's name in --store."`
	Text    string `arg:"" optional:"" help:"What to look for."`
	Image   string `help:"Look for what is like this picture instead of a text." placeholder:"FILE" type:"path"`
	K       int    `short:"k" help:"Hits to print." default:"10"`
	Model   string `help:"The encoder that made the dataset: \"builtin\", or a folder with a CLIP export." default:"builtin" placeholder:"DIR"`
	Store   string `help:"Folder in which datasets are found by name." default:"pairmill-data" placeholder:"DIR" type:"path"`
	JSON    bool   `name:"json" help:"Print one JSON object a line."`
}

// Run embeds the query and prints the nearest samples.
func (c *searchCmd) Run(e *env) error {
	if (c.Text == "") == (c.Image == "") {
		return usage(errors.New("want a text, or a picture (setting: --image)"))
	}
	if c.K < 1 {
		return usage(fmt.Errorf("%d hits: want 1 or more (setting: -k)", c.K))
	}
	version, err := openVersion(e.ctx, c.folder())
	if err != nil {
		return err
	}
	defer closeStore(version)
	d, err := search.Open(e.ctx, version)
	if err != nil {
		return err
	}
	enc, err := c.encoder(d)
	if err != nil {
		return err
	}
	hits, err := c.find(e.ctx, d, enc)
	if err = errors.Join(err, enc.Close()); err != nil {
		return interrupted(e.ctx, err)
	}
	if c.JSON {
		return printLines(e.stdout, hits)
	}
	return printHits(e.stdout, hits)
}

// folder finds a dataset that was named instead of given as a folder.
func (c *searchCmd) folder() string {
	named := filepath.Join(c.Store, "datasets", c.Dataset)
	if _, err := os.Stat(c.Dataset); errors.Is(err, fs.ErrNotExist) && !strings.ContainsRune(c.Dataset, os.PathSeparator) {
		if _, err := os.Stat(named); err == nil {
			return named
		}
	}
	return c.Dataset
}

// encoder opens the model, after a look at its files has shown that it is the right one. One query is one batch.
func (c *searchCmd) encoder(d *search.Dataset) (encoder.Encoder, error) {
	files, err := modelFS(c.Model)
	if err != nil {
		return nil, usage(err)
	}
	cfg := onnx.Config{Name: modelName(c.Model), BatchSize: 1}
	report, err := onnx.Inspect(files, cfg)
	if err != nil {
		cfg.BatchSize = 0 // the model has a batch of its own
		if report, err = onnx.Inspect(files, cfg); err != nil {
			return nil, err
		}
	}
	if err := d.Check(report.Info); err != nil {
		return nil, usage(fmt.Errorf("%w (setting: --model)", err))
	}
	return onnx.Open(files, cfg)
}

func (c *searchCmd) find(ctx context.Context, d *search.Dataset, enc encoder.Encoder) ([]search.Hit, error) {
	if c.Image == "" {
		return d.Text(ctx, enc, c.Text, c.K)
	}
	data, err := os.ReadFile(c.Image)
	if err != nil {
		return nil, err
	}
	p, err := imaging.Decode(data, imaging.Limits{})
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", c.Image, err)
	}
	return d.Picture(ctx, enc, encoder.Pixels{W: p.W, H: p.H, RGB: p.Pix}, c.K)
}

func printHits(w io.Writer, hits []search.Hit) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "rank\tcosine\tkey\tcaption\turl")
	for _, h := range hits {
		fmt.Fprintf(t, "%d\t%.4f\t%s\t%s\t%s\n", h.Rank, h.Cosine, plainText(h.Key), plainText(h.Caption), plainText(h.URL))
	}
	return t.Flush()
}

// printLines prints values as JSON, one a line.
func printLines[T any](w io.Writer, values []T) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, v := range values {
		if err := out.Encode(v); err != nil {
			return err
		}
	}
	return nil
}

// plainText makes text from the web safe for a terminal and for a table: what is not printed becomes a space.
func plainText(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
}
