package shards

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/table"
)

// names are the columns that are read: all but pictures.
func names(t *table.Stored) []string {
	var out []string
	for _, c := range t.Columns() {
		if c.Type != schemas.ColumnBinary {
			out = append(out, c.Name)
		}
	}
	return out
}

// Rows counts the rows of a shard's table; 0 where there is none.
func (s Shard) Rows(ctx context.Context, from store.Store) (int64, error) {
	if s.Table == "" {
		return 0, nil
	}
	t, err := table.OpenStored(ctx, from, s.Table)
	if err != nil {
		return 0, err
	}
	defer t.Close()
	return t.Rows(), nil
}

// errNoKeys is a table that says nothing of the samples beside it.
var errNoKeys = errors.New("no column key")

// readTable reads a shard's table: a row for each URL that was asked for.
func readTable(ctx context.Context, s store.Store, key string, columns []schemas.Column) ([]*Row, error) {
	t, err := table.OpenStored(ctx, s, key)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	names := names(t)
	if !slices.Contains(names, "key") {
		return nil, fmt.Errorf("table %s: %w", key, errNoKeys)
	}
	var out []*Row
	for values, err := range t.Range(ctx, 0, t.Rows(), names...) {
		if err != nil {
			return nil, err
		}
		at := map[string]any{}
		for i, name := range names {
			at[name] = values[i]
		}
		row, err := rowOf(at, columns)
		if err != nil {
			return nil, fmt.Errorf("table %s, row %d: %w", key, len(out), err)
		}
		row.Listing = true
		out = append(out, row)
	}
	return out, nil
}
