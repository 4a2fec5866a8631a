package list

import (
	"fmt"
	"slices"
	"strings"

	"pairmill/schemas"
)

// Columns of a candidate's Listed values whose names do not come from the list.
const (
	URLColumn     = "url"
	CaptionColumn = "caption"
)

// MaxFiles is the greatest number of files in a list: a plan names every one.
const MaxFiles = 100_000

// MaxRanges is the greatest number of ranges in a plan: they are the jobs of one group.
const MaxRanges = 1_000

// defaultRange is what one job reads of a list by default: of LAION's, some 300,000 rows.
const defaultRange = 64 << 20

// Range is what one job reads: bytes From to To of a text file, or these rows of a Parquet file. A record belongs to the
// range in which it begins. A compressed or json file is always one range: [0, its size).
type Range struct {
	File  int   `json:"file"` // index in Plan.Files
	From  int64 `json:"from"`
	To    int64 `json:"to"`
	Whole int   `json:"whole,omitempty"` // > 0: as many whole files, from File on, and From and To say nothing
}

// Plan is what Survey found. It is plain data and is stored: Rows needs it and the files, and nothing else.
type Plan struct {
	Version int              `json:"v"`
	Format  string           `json:"format"` // one of schemas.ListFormats
	Files   []File           `json:"files"`
	Ranges  []Range          `json:"ranges"`
	Columns []schemas.Column `json:"columns"` // of Candidate.Listed: further columns, caption, hash, url
	Rows    int64            `json:"rows"`    // of the whole list; estimated from the sample unless Exact
	Exact   bool             `json:"exact"`
	Heavy   []string         `json:"heavy,omitempty"` // fetch.HostKey of the hosts that get parts of their own, sorted
	Sampled int64            `json:"sampled"`         // rows that were looked at for Heavy; all of them when equal to Rows
}

// Reader reads a list. It is safe for concurrent use.
type Reader struct {
	files   Files
	cfg     schemas.List
	columns []wanted
}

// wanted is a column that rows carry along.
type wanted struct {
	name    string // in Candidate.Listed
	source  string // in the list
	setting string // where the user named it
	typ     string // what it has to be; empty = what the list says
}

// New makes a reader. Settings that contradict each other are its errors; what the files hold is Survey's.
func New(files Files, cfg schemas.List) (*Reader, error) {
	if len(cfg.Inputs) == 0 {
		return nil, fmt.Errorf("list: no inputs")
	}
	if cfg.Format != "" && !slices.Contains(schemas.ListFormats(), cfg.Format) {
		return nil, fmt.Errorf("list: format %q: want one of %s", cfg.Format, strings.Join(schemas.ListFormats(), ", "))
	}
	if cfg.URL == "" {
		cfg.URL = URLColumn
	}
	if cfg.Range <= 0 {
		cfg.Range = defaultRange
	}
	r := &Reader{files: files, cfg: cfg, columns: columnsOf(cfg)}
	for i, c := range r.columns {
		for _, o := range r.columns[:i] {
			if c.name == o.name {
				return nil, fmt.Errorf("list: %s and %s both give a column %q", o.setting, c.setting, c.name)
			}
		}
	}
	return r, nil
}

// columnsOf lists what rows carry along in img2dataset's order: further columns, the boxes among them, then caption, the
// hash to verify, and url.
func columnsOf(cfg schemas.List) []wanted {
	var out []wanted
	for _, name := range cfg.Columns {
		c := wanted{name, name, "columns", ""}
		switch {
		case name == cfg.Boxes:
			c.typ = schemas.ColumnBoxes
		}
		out = append(out, c)
	}
	if cfg.Boxes != "" && !slices.Contains(cfg.Columns, cfg.Boxes) {
		out = append(out, wanted{cfg.Boxes, cfg.Boxes, "boxes", schemas.ColumnBoxes})
	}
	if cfg.Caption != "" {
		out = append(out, wanted{CaptionColumn, cfg.Caption, "caption", schemas.ColumnString})
	}
	if cfg.Hash != nil { // img2dataset calls the column by the algorithm, whatever the list calls it
		out = append(out, wanted{cfg.Hash.Algorithm, cfg.Hash.Column, "hash", schemas.ColumnString})
	}
	return append(out, wanted{URLColumn, cfg.URL, "url", schemas.ColumnString})
}
