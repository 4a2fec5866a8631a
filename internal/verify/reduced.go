package verify

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"pairmill/schemas"
)

func (j *jobs) dedup(ctx context.Context, rec schemas.Commit) error {
	var want schemas.Counts
	var last schemas.WinnerRow
	c := j.c
	for _, o := range rec.Of(schemas.RoleWinners) {
		for i, w := range rows[schemas.WinnerRow](ctx, c, o) {
			p := at{o.Key, i, w.ID}
			if i > 0 && cmp.Or(cmp.Compare(last.Part, w.Part), cmp.Compare(last.Row, w.Row)) >= 0 {
				c.reportAt(p, Order, "part, row", "after "+last.Part, w.Part)
			}
			last = w
			want.Distinct++
			if err := j.join.winner(rec.Job.Group, o.Key, i, w); err != nil {
				return err
			}
		}
	}
	for _, o := range rec.Of(schemas.RoleDuplicates) {
		order := ""
		for i, d := range rows[schemas.DuplicateRow](ctx, c, o) {
			p := at{o.Key, i, d.ID}
			order = j.order(p, order, d.Winner, d.Order, false)
			equal(c, p, Field, "group", rec.Job.Group, d.Group)
			want.Drop(schemas.DuplicateImage, 1)
			f := fact{ID: d.ID, Kind: isDuplicate, Object: o.Key, Row: i, Source: source(d.Group, d.Part, int64(d.Row)), Winner: d.Winner}
			if err := j.join.add(f); err != nil {
				return err
			}
		}
	}
	for _, o := range rec.Of(schemas.RoleIndex) {
		if !strings.Contains(o.Key, "/index/"+rec.Job.Group+"/") {
			continue // an earlier group's record has it too
		}
		last := ""
		for i, x := range rows[schemas.IndexRow](ctx, c, o) {
			if x.SHA256 <= last {
				c.reportAt(at{o.Key, i, x.ID}, Order, "sha256", "after "+last, x.SHA256)
			}
			last = x.SHA256
			f := fact{ID: x.ID, Kind: isDuplicate, Object: o.Key, Row: i, SHA256: x.SHA256, Winner: x.ID}
			if err := j.join.byHash.Add(f, factSize); err != nil {
				return err
			}
		}
	}
	j.counts(ctx, rec, want)
	return nil
}

// order checks a row's place in the shuffle against the row before and, where the seed is known, against its id. It
// returns the row's place.
func (j *jobs) order(p at, last, id, order string, strictly bool) string {
	if order < last || strictly && order == last {
		j.c.reportAt(p, Order, "order", "after "+last, order)
	}
	if x, err := schemas.ParseID(id); err == nil && j.seed != nil {
		equal(j.c, p, Order, "order", fmt.Sprintf("%x", x.Shuffle(*j.seed)), order)
	}
	return order
}
