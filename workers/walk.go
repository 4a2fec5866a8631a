package workers

import (
	"context"

	"pairmill/schemas"
	"pairmill/store/ledger"
)

// walk fetches and parses one part of a lane's pages.
func (h *Handlers) walk(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	run, err := h.runs.Get(ctx, job)
	if err != nil {
		return err
	}
	l, err := readLane(ctx, h.deps.Store, job.Input)
	if err != nil {
		return err
	}
	mem, err := l.memory(ctx, h.deps.Store)
	if err != nil {
		return err
	}
	known, err := recollect(ctx, h, run, run.Crawler.Planned(l.State), (*recollection).findPages)
	if err != nil {
		return err
	}
	got, err := run.Crawler.Walk(ctx, l.State, mem, known)
	if err != nil {
		return err
	}
	for _, p := range got.Pages {
		h.deps.Watch.Row(job, Item{URL: p.URL, Reason: schemas.Reason(p.Reason), Bytes: p.Bytes})
	}
	if err := putTable(ctx, tx, "pages/"+jobPath(job), got.Pages, schemas.Object{Role: schemas.RolePages}); err != nil {
		return err
	}
	readings, err := readingRows(got.Readings)
	if err != nil {
		return err
	}
	if err := putTable(ctx, tx, "readings/"+jobPath(job), readings, schemas.Object{Role: schemas.RoleReadings}); err != nil {
		return err
	}
	path := "finds/" + jobPath(job)
	if err := putTable(ctx, tx, path+"-links", got.Finds.Links, schemas.Object{Role: schemas.RoleFoundLinks}); err != nil {
		return err
	}
	if err := putTable(ctx, tx, path+"-candidates", got.Finds.Candidates, schemas.Object{Role: schemas.RoleCandidates}); err != nil {
		return err
	}
	key, err := l.write(ctx, h, tx, got.State, got.Seen)
	if err != nil {
		return err
	}
	tx.Counts().Add(got.Counts)
	tx.Next(h.advance(run, job, got.State, key))
	return nil
}
