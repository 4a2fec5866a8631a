package workers

import (
	"context"
	"errors"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// plan turns a spec into the run's first jobs.
func (h *Handlers) plan(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	if err := h.nameSpec(ctx, job, tx); err != nil {
		return err
	}
	run, err := h.runs.Get(ctx, job)
	if err != nil {
		return err
	}
	if run.Since != "" && job.Generation == 0 {
		return h.planSince(ctx, run, tx)
	}
	return h.planSource(ctx, run, tx)
}

// planSource plans what a generation takes from its source.
func (h *Handlers) planSource(ctx context.Context, run *Run, tx *ledger.Tx) error {
	switch {
	case run.Generation.IsRetry():
		return h.planRetry(ctx, tx)
	case run.Spec.Source.List != nil:
		return h.planList(ctx, run, tx)
	case run.Spec.Source.Shards != nil:
		return h.planShards(ctx, run, tx)
	case run.Crawler == nil:
		return Permanent(errors.New("spec has no source that this program can read"))
	}
	boxes, first := run.Crawler.Start()
	if err := putBoxes(ctx, tx, boxes); err != nil {
		return err
	}
	return epoch{Allotment: first}.open(ctx, tx, tx.Objects())
}

// nameSpec names what was asked for in the record, so that nothing that the run rests on can change unnoticed.
func (h *Handlers) nameSpec(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	for _, key := range []string{store.SpecKey(job.Run), store.GenerationKey(job.Run, job.Generation)} {
		data, err := store.ReadAll(ctx, h.deps.Store, key, specLimit)
		if isNotExist(err) {
			continue // the first pass of most runs has no record
		}
		if err != nil {
			return err
		}
		b := store.Bytes(data)
		tx.Name(schemas.Object{Role: schemas.RoleSpec, Key: key, Size: b.Size(), SHA256: b.SHA256()})
	}
	return nil
}
