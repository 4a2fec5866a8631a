package workers

import (
	"context"
	"errors"

	"pairmill/schemas"
	"pairmill/store/ledger"
)

// plan turns a spec into the run's first jobs.
func (h *Handlers) plan(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	run, err := h.runs.Get(ctx, job)
	switch {
	case err != nil:
		return err
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
