package workers

import (
	"context"
	"slices"

	"pairmill/schemas"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// planRetry plans one scan for each fetch group of the generations before.
func (h *Handlers) planRetry(ctx context.Context, tx *ledger.Tx) error {
	_, groups, err := fetchPlanned(ctx, tx, tx.Job().Generation)
	if err != nil {
		return err
	}
	names := make([]string, groups)
	for i := range names {
		names[i] = schemas.GroupName(i)
	}
	return planScans(ctx, tx, names, "")
}

// scanTables finds a fetch group's rows that the generation asks for again, with the keys that they have. They leave the
// ledger's count of what was dropped here; the shards that they come back in count them again.
func (h *Handlers) scanTables(ctx context.Context, run *Run, tx *ledger.Tx) error {
	out, err := newRowSpool[schemas.Candidate](tx)
	if err != nil {
		return err
	}
	job := tx.Job()
	for rec, err := range ledger.Group(ctx, h.deps.Store, job.Run, schemas.TaskFetch, job.Name) {
		if err != nil {
			return err
		}
		for _, o := range rec.Of(schemas.RoleTable) {
			for row, err := range table.Read[schemas.Row](ctx, h.deps.Store, o.Key) {
				if err != nil {
					return err
				}
				if !retried(run, rec.Left(schemas.Reason(row.Reason)), &row) {
					continue
				}
				tx.Counts().Supersede(schemas.Reason(row.Reason), 1)
				h.deps.Watch.Row(job, Item{URL: row.URL})
				if err := out.add(candidateOf(row)); err != nil {
					return err
				}
			}
		}
	}
	_, err = out.put(ctx, "candidates/"+jobPath(job), schemas.Object{Role: schemas.RoleCandidates})
	return err
}

// retried tells whether a retry takes a row that an earlier generation left, and that none in between has taken. One that a
// repair has dropped since is for a later one.
func retried(run *Run, left int, row *schemas.Row) bool {
	reason := schemas.Reason(row.Reason)
	before := run.Generations[:run.Generation.Number]
	return left < run.Generation.Number && slices.Contains(run.Generation.Retry, reason) && !before.Superseded(left, reason)
}

// candidateOf turns a dropped row into the candidate that it was.
func candidateOf(r schemas.Row) schemas.Candidate {
	return schemas.Candidate{
		ID: r.ID, URL: r.URL, Captions: r.Captions, PageURL: r.PageURL, Depth: r.Depth, License: r.License, OptOut: r.OptOut,
		Key: r.Key, Listed: r.Listed,
	}
}
