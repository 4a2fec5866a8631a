package verify

import (
	"context"

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
			f := fact{ID: d.ID, Kind: isDecided, Object: o.Key, Row: i, Key: d.Key, Reason: d.Reason}
			if err := j.join.add(f); err != nil {
				return err
			}
		}
	}
	if err := j.parts(ctx, rec); err != nil {
		return err
	}
	j.counts(ctx, rec, want)
	return nil
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
			if err := j.join.selected(isPlaced, o.Key, i, s); err != nil {
				return err
			}
		}
	}
	j.c.even(whole(store.CommitKey(rec.Job)), sizes)
	return nil
}
