package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"pairmill/crawler/pool"
	"pairmill/crawler/shards"
	"pairmill/schemas"
	"pairmill/store/ledger"
)

// noPool is what --pool says to leave pools aside.
const noPool = "none"

// pools are the patterns of --pool.
func (c *adoptCmd) pools(given []string) []string {
	if len(given) == 1 && given[0] == noPool {
		return nil
	}
	return given
}

// findPool returns the patterns of the pool that shards are joined with, after a look at it. One that was found and not
// asked for is left aside where the shards carry no uids.
func (c *adoptCmd) findPool(ctx context.Context, o *opened, found []shards.Shard) (patterns []string, err error) {
	patterns = c.pools(c.Pool)
	if len(c.Pool) == 0 {
		if patterns, err = pool.Patterns(ctx, o.store); err != nil {
			return nil, err
		}
		columns, err := shards.Columns(ctx, o.store, found)
		if err != nil {
			return nil, usage(err)
		}
		if !slices.ContainsFunc(columns, func(c schemas.Column) bool { return c.Name == pool.UID }) {
			return nil, nil
		}
	}
	if len(patterns) == 0 {
		return nil, nil
	}
	if _, err := pool.Survey(ctx, o.store, patterns); err != nil {
		return nil, usage(fmt.Errorf("%w (--pool %s leaves the pool aside)", err, noPool))
	}
	return patterns, nil
}

// joined says what the run found in its pool.
func (c *adoptCmd) joined(ctx context.Context, o *opened) (notes []string, err error) {
	var rows, lines, kept int64
	var p pool.Pool
	for rec, err := range ledger.Run(ctx, o.store, o.run) {
		if err != nil {
			return nil, err
		}
		for _, x := range rec.Of(schemas.RolePool) {
			if err := ledger.ReadJSON(ctx, o.store, x.Key, &p); err != nil {
				return nil, err
			}
			rows = x.Rows
		}
		for _, x := range rec.Of(schemas.RoleLines) {
			lines += x.Rows
		}
		kept += rec.Counts.Kept
	}
	if len(p.Files) == 0 {
		return nil, nil
	}
	notes = append(notes, fmt.Sprintf("%d of %d samples have a row in the pool of %d tables and %d rows", lines, kept, len(p.Files), rows))
	var takes []string
	for _, f := range p.Features {
		if _, err := p.Choose(f.Name); err != nil {
			notes = append(notes, err.Error())
			continue
		}
		takes = append(takes, "pool:"+f.Name)
	}
	for _, x := range p.Columns {
		if x.Type == schemas.ColumnFloat || x.Type == schemas.ColumnDouble {
			takes = append(takes, "pool:"+x.Name)
		}
	}
	if len(takes) > 0 {
		notes = append(notes, "a spec over these shards may take, as embed.model: "+strings.Join(takes, ", "))
	}
	return notes, nil
}
