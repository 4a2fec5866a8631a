package workers

import (
	"context"

	"pairmill/schemas"
	"pairmill/store/ledger"
)

// tally rolls a group's deliveries up: it enters the rows of fetches that were given up into the ledger, and those that
// stay where they are into what the run has.
func (h *Handlers) tally(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	run, err := h.runs.Get(ctx, job)
	if err != nil {
		return err
	}
	if !run.Spec.Deliver.Writes() {
		for rec, err := range ledger.Group(ctx, h.deps.Store, job.Run, schemas.TaskFetch, job.Group) {
			if err != nil {
				return err
			}
			tx.Counts().Rows += rec.Counts.Kept
		}
	}
	group, err := ledger.ReadGroup(ctx, h.deps.Store, job.Run, schemas.TaskFetch, job.Group)
	if err != nil {
		return err
	}
	lost, err := ledger.Lost(ctx, h.deps.Store, job.Run, schemas.TaskFetch, job.Group)
	if err != nil {
		return err
	}
	for i, name := range group.Jobs {
		if !lost[name] {
			continue
		}
		n, err := partRows(ctx, h.deps.Store, group.Inputs[i])
		if err != nil {
			return err
		}
		tx.Counts().Inputs += n
		tx.Counts().Quarantined += n
	}
	return nil
}

// finish ends a generation that delivers. Its commit record is all there is to it: a run is over when it stands.
func (h *Handlers) finish(context.Context, schemas.Job, *ledger.Tx) error { return nil }
