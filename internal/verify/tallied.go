package verify

import (
	"context"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// tally recomputes what the roll-up of a group entered for fetches that were given up, and for shards that stay where they
// are.
func (j *jobs) tally(ctx context.Context, rec schemas.Commit) error {
	var want schemas.Counts
	task := string(schemas.TaskFetch) + "-"
	for info, err := range j.c.store.List(ctx, store.CommitPrefix(j.run, schemas.StageFetch, rec.Job.Group)+task) {
		if err != nil {
			return err
		}
		fetched, _, err := readCanonical[schemas.Commit](ctx, j.c, info.Key)
		if err != nil || j.c.broken[info.Key] {
			return nil // the record has been reported
		}
		if !delivers(fetched) {
			want.Rows += fetched.Counts.Kept
		}
	}
	for q, err := range ledger.Quarantined(ctx, j.c.store, j.run, store.QuarantinePrefix(j.run, schemas.StageFetch, rec.Job.Group)+task) {
		if err != nil {
			return nil // the record has been reported
		}
		n, err := j.lostRows(ctx, q.Job, rec.Counts.Inputs-want.Inputs)
		if err != nil {
			return err
		}
		want.Inputs += n
		want.Quarantined += n
	}
	j.counts(ctx, rec, want)
	return nil
}
