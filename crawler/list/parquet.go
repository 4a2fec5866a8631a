package list

import (
	"context"
	"fmt"
	"sort"

	"pairmill/schemas"
	"pairmill/store/table"
)

// columnar reads Parquet.
type columnar struct{}

// look implements format.
func (columnar) look(_ context.Context, in Input, f File, want []wanted) (looked, error) {
	t, err := table.OpenValues(in, f.Size, f.Name)
	if err != nil {
		return looked{}, err
	}
	l := looked{rows: t.Rows(), whole: true, share: 1}
	for _, w := range want {
		c, err := t.Column(w.source)
		if err != nil {
			return l, fmt.Errorf("%w (the setting %s names it)", err, w.setting)
		}
		if c.Type == schemas.ColumnBinary && w.typ == schemas.ColumnString {
			c.Type = w.typ // old writers leave out that bytes are text
		}
		l.types = append(l.types, c.Type)
	}
	return l, nil
}

// cut implements format: at the row groups nearest to even pieces, and inside a row group only when it alone has
// several pieces.
func (columnar) cut(_ context.Context, in Input, f File, pieces int64) ([]int64, error) {
	t, err := table.OpenValues(in, f.Size, f.Name)
	if err != nil {
		return nil, err
	}
	groups := append(t.RowGroups(), t.Rows())
	var out []int64
	for _, goal := range evenly(t.Rows(), pieces) {
		next := sort.Search(len(groups), func(i int) bool { return groups[i] >= goal })
		lo, hi := groups[max(next-1, 0)], groups[next]
		at := hi
		switch {
		case hi-lo > 2*t.Rows()/pieces:
			at = goal
		case goal-lo < hi-goal:
			at = lo
		}
		if at > 0 && at < t.Rows() && (len(out) == 0 || at > out[len(out)-1]) {
			out = append(out, at)
		}
	}
	return out, nil
}

// rows implements format.
func (columnar) rows(ctx context.Context, in Input, f File, from, to int64, want []wanted, yield func([]any) error) error {
	t, err := table.OpenValues(in, f.Size, f.Name)
	if err != nil {
		return err
	}
	var names []string
	for _, w := range want {
		names = append(names, w.source)
	}
	for row, err := range t.Range(ctx, from, min(to, t.Rows()), names...) {
		if err != nil {
			return err
		}
		for i, w := range want {
			row[i] = convert(row[i], w.typ)
		}
		if err := yield(row); err != nil {
			return err
		}
	}
	return nil
}

// convert widens a value to the type that its column has over all files.
func convert(v any, typ string) any {
	switch n := v.(type) {
	case int32:
		switch typ {
		case schemas.ColumnInt64:
			return int64(n)
		case schemas.ColumnDouble:
			return float64(n)
		}
	case float32:
		if typ == schemas.ColumnDouble {
			return float64(n)
		}
	case []byte:
		if typ == schemas.ColumnString {
			return string(n)
		}
	}
	return v
}
