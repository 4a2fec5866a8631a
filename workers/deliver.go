package workers

import (
	"context"
	"errors"
	"strconv"

	"pairmill/schemas"
	"pairmill/sink"
	"pairmill/store"
	"pairmill/store/ledger"
)

// deliver gives one committed shard its form at the top of the store.
func (h *Handlers) deliver(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	run, err := h.runs.Get(ctx, job)
	if err != nil {
		return err
	}
	fetched := job
	fetched.Task = schemas.TaskFetch
	rec, err := ledger.Read(ctx, h.deps.Store, fetched)
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(job.Name)
	if err != nil {
		return Permanent(err)
	}
	style, err := h.style(ctx, run, job)
	if err != nil {
		return err
	}
	d := sink.Delivery{Store: h.deps.Store, Deliver: *run.Spec.Deliver, Style: style, Shard: number}
	err = d.Write(ctx, tx, rec)
	if errors.Is(err, store.ErrConflict) {
		return Permanent(err)
	}
	return err
}

// style says how a run's shards are written.
func (h *Handlers) style(ctx context.Context, run *Run, job schemas.Job) (sink.ShardStyle, error) {
	columns, err := h.columns(ctx, run, job)
	s := sink.ShardStyle{Ext: run.Spec.Image.Format, EXIF: run.Spec.Image.EXIF}
	if l, d := run.Spec.Source.List, run.Spec.Deliver; l != nil && d != nil {
		s.Listed, s.Columns, s.Caption, s.Hash = true, columns, l.Caption != "", d.Hash
	}
	return s, err
}
