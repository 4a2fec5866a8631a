package verify

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// jobs is the check of a run's commit records, one after the other.
type jobs struct {
	c     *checker
	run   string
	join  *joins
	seed  *uint64 // of the shuffle; nil = not known
	over  bool
	total schemas.Counts
}

// check recomputes what one job says that it made.
func (j *jobs) check(ctx context.Context, key string, rec schemas.Commit) error {
	c := j.c
	if j.total.Add(rec.Counts); c.broken[key] {
		return nil // what it says of its job is not what it was
	}
	c.plans(ctx, rec, j.over)
	if j.over {
		c.followed(ctx, key, rec)
	}
	switch rec.Job.Task {
	case schemas.TaskFetch:
		part, err := j.part(ctx, rec.Job.Input)
		if err != nil {
			return err
		}
		c.fetched(ctx, rec, part, j.join)
	case schemas.TaskWalk:
		j.walk(ctx, rec)
	case schemas.TaskDedup:
		return j.dedup(ctx, rec)
	case schemas.TaskEmbed:
		return j.embed(ctx, rec)
	case schemas.TaskSelect:
		return j.selects(ctx, rec)
	case schemas.TaskCurate:
		return j.curate(ctx, rec)
	case schemas.TaskPublish:
		return j.publish(ctx, rec)
	case schemas.TaskRelease:
		c.counts(ctx, rec, schemas.Counts{})
	default:
		j.crawl(ctx, rec)
		c.counts(ctx, rec, schemas.Counts{})
	}
	return nil
}

// crawl reads the objects of a crawl's jobs: their content nothing else repeats, so they must read and have the rows
// that are said of them.
func (j *jobs) crawl(ctx context.Context, rec schemas.Commit) {
	for _, o := range rec.Objects {
		switch path.Ext(o.Key) {
		case ".parquet":
			j.c.reads(ctx, o)
		case ".json":
			j.c.parses(ctx, o.Key)
		}
	}
}

// reads reads a table whole, whatever it holds.
func (c *checker) reads(ctx context.Context, o schemas.Object) {
	n, err := table.Check(ctx, c.store, o.Key)
	if err != nil {
		c.unreadable(ctx, whole(o.Key), placeIn(err), err)
		return
	}
	c.declared(o, n)
}

func (c *checker) parses(ctx context.Context, key string) {
	data, err := store.ReadAll(ctx, c.store, key, jsonLimit)
	var v any
	if err == nil {
		err = json.Unmarshal(data, &v)
	}
	if err != nil {
		c.unreadable(ctx, whole(key), jsonPlace(data, err), err)
	}
}

// part finds what is said of a job's input: the record that wrote it stands in another group.
func (j *jobs) part(ctx context.Context, input string) (schemas.Object, error) {
	o := schemas.Object{Key: input}
	t, err := table.Open[struct {
		ID string `parquet:"id"`
	}](ctx, j.c.store, input)
	if err != nil {
		return o, nil // reading it will say why
	}
	o.Rows = t.Rows()
	return o, t.Close()
}

func (j *jobs) walk(ctx context.Context, rec schemas.Commit) {
	var want schemas.Counts
	ok := true
	for _, o := range rec.Of(schemas.RolePages) {
		for i, p := range rows[schemas.Page](ctx, j.c, o) {
			j.c.reason(at{o.Key, i, p.URL}, "reason", schemas.Reason(p.Reason))
			want.Bytes += p.Bytes
			if p.Reason == "" {
				want.Pages++
			}
		}
		ok = ok && !j.c.torn[o.Key]
	}
	j.crawl(ctx, rec)
	if ok {
		j.c.counts(ctx, rec, want)
	}
}

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

// counts compares unless one of the job's tables did not read.
func (j *jobs) counts(ctx context.Context, rec schemas.Commit, want schemas.Counts) {
	for _, o := range rec.Objects {
		if j.c.torn[o.Key] {
			return
		}
	}
	j.c.counts(ctx, rec, want)
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

func (j *jobs) embed(ctx context.Context, rec schemas.Commit) error {
	var want schemas.Counts
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
			j.c.vectors(p, dim, v.ImageEmbedding, v.TextEmbedding, v.Similarity)
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
			j.c.vectors(p, len(s.ImageEmbedding), s.ImageEmbedding, s.TextEmbedding, s.Similarity)
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
			part, err := j.part(ctx, q.Job.Input)
			if err != nil {
				return err
			}
			want.Inputs += part.Rows
			want.Quarantined += part.Rows
		case q.Job.Task == schemas.TaskEmbed:
			want.Quarantined += j.winnersOf(ctx, q.Job)
		}
	}
	j.counts(ctx, rec, want)
	return nil
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
