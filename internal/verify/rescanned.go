package verify

import (
	"context"
	"iter"
	"slices"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/table"
)

// rescan checks that a scan for a retry found the rows of a fetch group that were dropped for its reasons, in their order,
// and took them out of the ledger.
func (j *jobs) rescan(ctx context.Context, rec schemas.Commit, g schemas.Generation) {
	c := j.c
	d := dropped{jobs: j, group: rec.Job.Name, generation: g, sound: true}
	want := newWalker(schemas.Object{}, d.rows(ctx))
	defer want.stop()
	for _, o := range rec.Of(schemas.RoleCandidates) {
		for i, x := range rows[schemas.Candidate](ctx, c, o) {
			q := at{o.Key, i, x.ID}
			if want.step(ctx, c); !d.sound {
				break // one row too many or too few, and none of the others has its counterpart
			}
			if !want.ok {
				c.reportAt(q, Rows, "", "a row that was dropped", x.ID)
				break
			}
			p, y := want.row.at, want.row.candidate
			c.same(p, q, y, x)
			agree(c, p, q, Key, "key", y.Key, x.Key)
			agree(c, p, q, Field, "captions", show(y.Captions), show(x.Captions))
		}
		d.sound = d.sound && !c.torn[o.Key]
	}
	for want.step(ctx, c); want.ok; want.step(ctx, c) {
		if d.sound {
			c.reportAt(want.row.at, State, "", "a row among those to ask again for", "none")
		}
	}
	if d.sound {
		j.counts(ctx, rec, d.counts)
	}
}

// dropped finds the rows of a fetch group that a retry takes.
type dropped struct {
	*jobs
	group      string
	generation schemas.Generation
	counts     schemas.Counts
	sound      bool // all that it read is what it was
}

type droppedRow struct {
	at        at
	candidate schemas.Candidate
}

// takes tells whether the retry takes a row that an earlier generation left, and that none in between has taken.
func (d *dropped) takes(rec *schemas.Commit, r *schemas.Row) bool {
	reason := schemas.Reason(r.Reason)
	before := d.set.gens[:d.generation.Number]
	left := rec.Left(reason)
	return left < d.generation.Number && slices.Contains(d.generation.Retry, reason) && !before.Superseded(left, reason)
}

// rows yields them in the order of the group's records.
func (d *dropped) rows(ctx context.Context) iter.Seq2[droppedRow, error] {
	return func(yield func(droppedRow, error) bool) {
		prefix := store.CommitPrefix(d.run, schemas.StageFetch, d.group) + string(schemas.TaskFetch) + "-"
		for info, err := range d.c.store.List(ctx, prefix) {
			if err != nil {
				d.c.fail(err)
				return
			}
			rec, _, err := readCanonical[schemas.Commit](ctx, d.c, info.Key)
			d.sound = d.sound && err == nil && !d.c.broken[info.Key]
			for _, o := range rec.Of(schemas.RoleTable) {
				if !d.table(ctx, &rec, o, yield) {
					return
				}
			}
		}
	}
}

func (d *dropped) table(ctx context.Context, rec *schemas.Commit, o schemas.Object, yield func(droppedRow, error) bool) bool {
	d.sound = d.sound && !d.c.broken[o.Key]
	n := int64(0)
	for r, err := range table.Read[schemas.Row](ctx, d.c.store, o.Key) {
		if err != nil { // the fetch's check says where
			d.sound = false
			return true
		}
		p := at{o.Key, n, r.ID}
		n++
		if !d.takes(rec, &r) {
			continue
		}
		d.counts.Supersede(schemas.Reason(r.Reason), 1)
		if !yield(droppedRow{p, candidateOf(&r)}, nil) {
			return false
		}
	}
	return true
}
