package shards

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/table"
	"pairmill/store/webdataset"
)

// Columns returns what the rows of some shards carry beside what a Row has fields for, going by the first of them: the
// columns of its table, or the keys of its first sample's .json. Where other shards differ, rows have null.
func Columns(ctx context.Context, s store.Store, all []Shard) ([]schemas.Column, error) {
	for _, sh := range all {
		if sh.Table == "" {
			continue
		}
		if ended, err := endsAsTable(ctx, s, sh.Table); err != nil {
			return nil, err
		} else if !ended {
			continue
		}
		t, err := table.OpenStored(ctx, s, sh.Table)
		if err != nil {
			return nil, err
		}
		defer t.Close()
		return carried(t.Columns()), nil
	}
	if len(all) == 0 {
		return nil, nil
	}
	return memberColumns(ctx, s, all[0].Tar)
}

// memberColumns are the keys of a tar's first .json, sorted.
func memberColumns(ctx context.Context, s store.Store, key string) ([]schemas.Column, error) {
	o, err := s.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	for sample, err := range webdataset.Read(o, key) {
		if err != nil { // reading the shard says more of it
			return nil, nil
		}
		for _, m := range sample.Members {
			if meta := object(m.Data); m.Ext == "json" && meta != nil {
				return typed(meta)
			}
		}
		return nil, nil
	}
	return nil, nil
}

// columnsMax bounds what rows carry along.
const columnsMax = 200

func typed(meta map[string]any) ([]schemas.Column, error) {
	var out []schemas.Column
	for _, name := range slices.Sorted(maps.Keys(meta)) {
		out = append(out, schemas.Column{Name: name, Type: columnType(meta[name])})
	}
	if out = carried(out); len(out) > columnsMax {
		return nil, fmt.Errorf("the first sample's .json has %d keys: want at most %d", len(out), columnsMax)
	}
	return out, nil
}
