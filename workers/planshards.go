package workers

import (
	"context"

	"pairmill/crawler/shards"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// adoptedPart is a fetch part of a run over shards that are there: one of them.
type adoptedPart struct {
	shards.Shard
	Columns []schemas.Column `json:"columns,omitempty"` // of Row.Listed
	Guess   int              `json:"guess,omitempty"`   // the file of the run's pool in which its rows are looked for first
}

// rows counts the rows that are known of a part without reading its tar.
func (p adoptedPart) rows(ctx context.Context, s store.Store) (int64, error) {
	n, err := p.Rows(ctx, s)
	if err != nil && ctx.Err() == nil {
		// What cannot be read cannot be counted: the record of the job that was given up says why.
		return 0, nil
	}
	return n, err
}

// planShards plans one fetch for each shard.
func (h *Handlers) planShards(ctx context.Context, run *Run, tx *ledger.Tx) error {
	found, err := shards.Find(ctx, h.deps.Store, run.Spec.Source.Shards.Tars)
	if isNotExist(err) {
		return Permanent(err)
	}
	if err != nil {
		return err
	}
	columns, err := shards.Columns(ctx, h.deps.Store, found)
	if err != nil {
		return err
	}
	p, err := h.planPool(ctx, run, tx, columns)
	if err != nil {
		return err
	}
	parts := make([]schemas.Object, len(found))
	names := make([]string, len(found))
	for i, s := range found {
		names[i] = schemas.PartName(i)
		part := adoptedPart{Shard: s, Columns: columns}
		if p != nil {
			part.Guess = i * len(p.Files) / len(found) // img2dataset goes through the files in order
		}
		if parts[i], err = putJSON(ctx, tx, "parts/fetch/shards/"+names[i]+".json", part, schemas.Object{Role: schemas.RolePart}); err != nil {
			return err
		}
	}
	groups, err := h.planFetch(ctx, tx, parts, names, 0)
	if err != nil {
		return err
	}
	return ledger.PlanEnd(ctx, tx, groups)
}
