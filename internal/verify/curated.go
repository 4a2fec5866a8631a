package verify

import (
	"context"
	"maps"

	"pairmill/schemas"
	"pairmill/store"
)

func (j *jobs) curate(ctx context.Context, rec schemas.Commit) error {
	var want schemas.Counts
	for _, o := range rec.Of(schemas.RoleDecisions) {
		for i, d := range rows[schemas.DecisionRow](ctx, j.c, o) {
			j.c.decision(at{o.Key, i, d.ID}, d)
			if d.Reason == "" {
				want.Rows++
			} else {
				want.Drop(schemas.Reason(d.Reason), 1)
			}
			if rec.Job.Generation != j.curated {
				continue // a later generation has decided anew
			}
			f := fact{ID: d.ID, Kind: isDecided, Object: o.Key, Row: i, Key: d.Key, Reason: d.Reason}
			if err := j.join.add(f); err != nil {
				return err
			}
		}
	}
	if err := j.parts(ctx, rec); err != nil {
		return err
	}
	if j.decidedBefore(ctx, rec.Job, &want) {
		j.counts(ctx, rec, want)
	}
	return nil
}

// decidedBefore takes what earlier generations have counted of the same samples out of a curate's count; ok is false when
// their records do not tell.
func (j *jobs) decidedBefore(ctx context.Context, job schemas.Job, counts *schemas.Counts) (ok bool) {
	for g := range job.Generation {
		key := store.CommitKey(allJob(j.run, schemas.TaskCurate, g))
		rec, _, err := readCanonical[schemas.Commit](ctx, j.c, key)
		if err != nil || j.c.broken[key] {
			return false
		}
		counts.Rows -= rec.Counts.Rows
		for r, n := range rec.Counts.Dropped {
			counts.Drop(r, -n)
		}
	}
	maps.DeleteFunc(counts.Dropped, func(_ schemas.Reason, n int64) bool { return n == 0 })
	return true
}

// parts checks the publish parts: equal to within one sample, in the order of the shuffle, keys ascending.
func (j *jobs) parts(ctx context.Context, rec schemas.Commit) error {
	order, keys := "", keyOrder{}
	var sizes []int64
	for _, o := range rec.Of(schemas.RolePart) {
		sizes = append(sizes, o.Rows)
		for i, s := range rows[schemas.SelectedRow](ctx, j.c, o) {
			p := at{o.Key, i, s.Sample.ID}
			order = j.order(p, order, s.Sample.ID, s.Order, true)
			keys.check(j.c, p, o.For, s.Key)
			if rec.Job.Generation != j.curated {
				continue
			}
			if err := j.join.selected(isPlaced, o.Key, i, s); err != nil {
				return err
			}
		}
	}
	j.c.even(whole(store.CommitKey(rec.Job)), sizes)
	return nil
}
