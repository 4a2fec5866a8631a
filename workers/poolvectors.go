package workers

import (
	"context"
	"fmt"

	"pairmill/crawler/pool"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// poolVectors is the vectors, or the scores, that a pool has of a shard's samples.
type poolVectors struct {
	pool   *pooled
	store  store.Store
	choice pool.Choice
	named  aboutVectors
	lines  map[int32]poolLine
}

var (
	_ vectors = (*poolVectors)(nil)
	_ vectors = (*computed)(nil)
)

// pooledVectors opens them by what the shard's fetch wrote down.
func (h *Handlers) pooledVectors(ctx context.Context, job schemas.Job, name string) (*poolVectors, error) {
	p, err := h.runs.pool(ctx, job.Run)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, Permanent(fmt.Errorf("embed.model pool:%s: the plan of the run names no pool", name))
	}
	v := &poolVectors{pool: p, store: h.deps.Store}
	if v.choice, err = p.Choose(name); err != nil {
		return nil, Permanent(err)
	}
	sum, err := v.choice.Fingerprint()
	if err != nil {
		return nil, err
	}
	v.named = aboutVectors{column: name + "@" + sum[:16], fingerprint: sum, dim: v.choice.Dim(), chunk: poolChunk}
	rec, err := ledger.Read(ctx, h.deps.Store, job.Follow(schemas.TaskFetch, job.Group, job.Name, ""))
	if err != nil {
		return nil, err
	}
	of := rec.Of(schemas.RoleLines)
	if len(of) != 1 {
		return nil, Permanent(fmt.Errorf("commit record of %s names %d tables of lines in the pool, want one", rec.Job.ID(), len(of)))
	}
	v.lines, err = p.readLines(ctx, h.deps.Store, of[0])
	return v, err
}

func (v *poolVectors) about() aboutVectors { return v.named }

func (v *poolVectors) close() {}

func (v *poolVectors) rows(ctx context.Context, winners []schemas.WinnerRow) ([]schemas.VectorRow, error) {
	lines := make([]poolLine, len(winners))
	for i, w := range winners {
		l, ok := v.lines[w.Row]
		if !ok {
			return nil, Permanent(fmt.Errorf("column of the pool has no line of %s in row %d", w.ID, w.Row))
		}
		lines[i] = l
	}
	all, err := v.pool.take(ctx, v.store, v.choice, lines)
	if err != nil {
		return nil, err
	}
	rows := make([]schemas.VectorRow, len(winners))
	for i, w := range winners {
		if all[i].err != nil {
			return nil, Permanent(fmt.Errorf("pool of %s: %w", w.ID, all[i].err))
		}
		rows[i] = schemas.VectorRow{ID: w.ID, Row: w.Row, ImageEmbedding: all[i].image, TextEmbedding: all[i].text, Similarity: all[i].similarity}
	}
	return rows, nil
}
