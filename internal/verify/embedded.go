package verify

import (
	"context"
	"fmt"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

func (j *jobs) embed(ctx context.Context, rec schemas.Commit) error {
	var want schemas.Counts
	var taken []takenRow
	_, pooled := j.fromPool()
	dim, last := 0, int32(-1)
	for _, o := range rec.Of(schemas.RoleColumn) {
		if made, ok := j.c.encoderOf(ctx, o.Key); ok {
			agree(j.c, whole(o.Key), whole(store.CommitKey(rec.Job)), Record, "for", made, o.For)
		}
		for i, v := range rows[schemas.VectorRow](ctx, j.c, o) {
			p := at{o.Key, i, v.ID}
			if dim == 0 {
				dim = len(v.ImageEmbedding)
			}
			j.c.vectors(p, dim, v.ImageEmbedding, v.TextEmbedding, v.Similarity, pooled)
			if pooled {
				taken = append(taken, takenRow{p, v})
			}
			if v.Row <= last {
				j.c.reportAt(p, Order, "row", fmt.Sprintf("after %d", last), v.Row)
			}
			last = v.Row
			want.Embedded++
			f := fact{ID: v.ID, Kind: isEmbedded, Object: o.Key, Row: i, Source: source(rec.Job.Group, rec.Job.Name, int64(v.Row)),
				Vectors: vectorsSum(v.ImageEmbedding, v.TextEmbedding, v.Similarity)}
			if err := j.join.add(f); err != nil {
				return err
			}
		}
	}
	j.counts(ctx, rec, want)
	j.taken(ctx, rec, taken)
	return nil
}

// encoderOf returns the fingerprint in a column's file.
func (c *checker) encoderOf(ctx context.Context, key string) (string, bool) {
	t, err := table.Open[struct {
		ID string `parquet:"id"`
	}](ctx, c.store, key)
	if err != nil {
		return "", false // reading it will say why
	}
	defer t.Close()
	return t.Metadata("pairmill.encoder")
}

func (j *jobs) selects(ctx context.Context, rec schemas.Commit) error {
	for _, o := range rec.Of(schemas.RoleSelection) {
		order := ""
		for i, s := range rows[schemas.SelectedRow](ctx, j.c, o) {
			p := at{o.Key, i, s.Sample.ID}
			order = j.order(p, order, s.Sample.ID, s.Order, true)
			equal(j.c, p, Field, "group", rec.Job.Group, s.Group)
			j.c.vectors(p, len(s.ImageEmbedding), s.ImageEmbedding, s.TextEmbedding, s.Similarity, s.Encoder != "")
			if err := j.join.selected(isSelected, o.Key, i, s); err != nil {
				return err
			}
		}
	}
	return j.selectCounts(ctx, rec)
}

// selectCounts recomputes what a select entered for jobs that were given up.
func (j *jobs) selectCounts(ctx context.Context, rec schemas.Commit) error {
	var want schemas.Counts
	for q, err := range ledger.Quarantined(ctx, j.c.store, j.run) {
		if err != nil {
			return nil // the record has been reported
		}
		switch {
		case q.Job.Group != rec.Job.Group:
		case q.Job.Task == schemas.TaskFetch:
			n, err := j.lostRows(ctx, q.Job, rec.Counts.Inputs-want.Inputs)
			if err != nil {
				return err
			}
			want.Inputs += n
			want.Quarantined += n
		case q.Job.Task == schemas.TaskEmbed:
			want.Quarantined += j.winnersOf(ctx, q.Job)
		}
	}
	j.counts(ctx, rec, want)
	return nil
}

// lostRows counts the rows of a fetch that was given up. Of a shard that was there before the run it returns what is said:
// its tar and its table may not tell.
func (j *jobs) lostRows(ctx context.Context, job schemas.Job, said int64) (int64, error) {
	if isAdopted(job.Input) {
		return max(0, said), nil
	}
	part, err := j.part(ctx, job.Input)
	return part.Rows, err
}

// winnersOf counts a part's winners.
func (j *jobs) winnersOf(ctx context.Context, job schemas.Job) (n int64) {
	for rec, err := range ledger.Group(ctx, j.c.store, job.Run, schemas.TaskDedup, job.Group) {
		if err != nil {
			return n
		}
		for _, o := range rec.Of(schemas.RoleWinners) {
			for w, err := range table.Read[schemas.WinnerRow](ctx, j.c.store, o.Key) {
				if err == nil && w.Part == job.Name {
					n++
				}
			}
		}
	}
	return n
}
