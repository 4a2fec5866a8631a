package list

import (
	"fmt"
	"slices"
	"strings"

	"pairmill/schemas"
)

// header finds the wanted columns in a delimited file's first record.
func header(record []byte, delimiter byte, want []wanted) ([]int, error) {
	cells, _ := fields(record, delimiter, nil, nil)
	var names []string
	for _, c := range cells {
		names = append(names, string(c))
	}
	out := make([]int, len(want))
	for i, w := range want {
		at := slices.Index(names, w.source)
		if at < 0 {
			return nil, noColumn(w, names)
		}
		if slices.Contains(names[at+1:], w.source) {
			return nil, fmt.Errorf("the header has %q twice", w.source)
		}
		out[i] = at
	}
	return out, nil
}

// noColumn is the error of a setting that names a column which is not there.
func noColumn(w wanted, names []string) error {
	const most = 40
	quoted := make([]string, 0, most)
	for _, n := range names[:min(len(names), most)] {
		quoted = append(quoted, fmt.Sprintf("%q", clip(n)))
	}
	if len(names) > most {
		quoted = append(quoted, "…")
	}
	return fmt.Errorf("no column %q, which the setting %s names; there are %s", w.source, w.setting, strings.Join(quoted, ", "))
}

// delimited decodes the records of a csv or tsv file.
type delimited struct {
	delimiter byte
	want      []wanted // with types
	at        []int    // of each wanted column in a record
	width     int      // fields in the header
	cells     [][]byte
	arena     []byte
}

func newDelimited(delimiter byte, want []wanted, head []byte) (*delimited, error) {
	at, err := header(head, delimiter, want)
	if err != nil {
		return nil, err
	}
	cells, _ := fields(head, delimiter, nil, nil)
	return &delimited{delimiter: delimiter, want: want, at: at, width: len(cells)}, nil
}

func (d *delimited) split(record []byte) error {
	d.cells, d.arena = fields(record, d.delimiter, d.cells, d.arena)
	if len(d.cells) != d.width {
		return fmt.Errorf("%d fields, the header has %d", len(d.cells), d.width)
	}
	return nil
}

// row implements decoder.
func (d *delimited) row(record []byte) ([]any, error) {
	if err := d.split(record); err != nil {
		return nil, err
	}
	row := make([]any, len(d.at))
	for i, at := range d.at {
		v, err := parseCell(d.want[i].typ, string(d.cells[at]))
		if err != nil {
			return nil, fmt.Errorf("column %q: %w", d.want[i].source, err)
		}
		row[i] = v
	}
	return row, nil
}

// infer implements decoder.
func (d *delimited) infer(record []byte, types []string) error {
	if err := d.split(record); err != nil {
		return err
	}
	for i, at := range d.at {
		cell := string(d.cells[at])
		if d.want[i].typ != schemas.ColumnBoxes {
			types[i] = inferCell(types[i], cell)
		} else if _, err := parseCell(schemas.ColumnBoxes, cell); err != nil {
			return fmt.Errorf("column %q: %w", d.want[i].source, err)
		}
	}
	return nil
}

// missing implements decoder: what a header lacks, newDelimited has refused.
func (d *delimited) missing() []int { return nil }

func (d *delimited) names() []string { return nil }
