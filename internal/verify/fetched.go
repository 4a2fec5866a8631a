package verify

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
)

// fetched checks what a fetch job made: its table against its part, its tar and its side tables against its table.
func (j *jobs) fetched(ctx context.Context, rec schemas.Commit) error {
	c := j.c
	tables, tars := rec.Of(schemas.RoleTable), rec.Of(schemas.RoleTar)
	if len(tables) != 1 || len(tars) != 1 {
		c.reportAt(whole(store.CommitKey(rec.Job)), Record, "objects", "one tar and one table", "")
		return nil
	}
	s := runShard{table: tables[0], tar: tars[0], style: j.style(ctx)}
	j.join.repeats = j.join.repeats || isCut(rec.Job.Input) || isAdopted(rec.Job.Input)
	if isAdopted(rec.Job.Input) {
		return j.adopted(ctx, rec, s)
	}
	if !s.style.known {
		s.style.listed = isCut(rec.Job.Input)
	}
	var whole bool
	s.rows, whole = readAll[schemas.Row](ctx, c, s.table)
	if err := j.candidates(ctx, s, rec.Job, whole); err != nil {
		return err
	}
	for i := range s.rows {
		c.row(s.at(i), &s.rows[i], s.style)
		if err := j.joined(rec, s, i); err != nil {
			return err
		}
	}
	if !whole {
		return nil
	}
	c.shardTar(ctx, s)
	c.hashRuns(ctx, rec, s)
	c.optOuts(ctx, rec, s)
	since := c.observations(ctx, rec, s)
	want := s.counts(since)
	if rec.Unobserved && rec.Counts.Unchanged > 0 { // nothing says any more what was taken over
		want.Unchanged, want.Bytes = rec.Counts.Unchanged, rec.Counts.Bytes
	}
	c.counts(ctx, rec, want)
	return j.lines(ctx, rec, s)
}

// joined passes a row on to be joined with what later tasks say of it, unless the run ends with its shards.
func (j *jobs) joined(rec schemas.Commit, s runShard, i int) error {
	if delivers(rec) || j.short || j.set.spec != nil && j.set.spec.Deliver != nil {
		return nil
	}
	return j.join.table(rec.Job, s.table.Key, int64(i), &s.rows[i])
}

// delivers tells whether a fetched shard is delivered.
func delivers(fetched schemas.Commit) bool {
	return slices.ContainsFunc(fetched.Next, func(next schemas.Job) bool { return next.Task == schemas.TaskDeliver })
}

// runShard is a fetched shard.
type runShard struct {
	table, tar schemas.Object
	style      style
	rows       []schemas.Row
}

func (s *runShard) at(i int) at { return at{s.table.Key, int64(i), s.rows[i].ID} }

// counts are what the table says that the job did. since are the ids of rows with bytes of an earlier run; the first of those
// that wanted a URL stands for all.
func (s *runShard) counts(since map[string]bool) schemas.Counts {
	n := schemas.Counts{Inputs: int64(len(s.rows))}
	asked, unchanged := map[string]bool{}, map[string]bool{}
	for _, r := range s.rows {
		if r.SHA256 != "" {
			n.Fetched++
		}
		if !asked[r.URL] && r.SourceBytes > 0 {
			asked[r.URL], unchanged[r.URL] = true, since[r.ID]
			if !since[r.ID] {
				n.Bytes += r.SourceBytes
			}
		}
		if unchanged[r.URL] && r.SourceBytes > 0 {
			n.Unchanged++
		}
		if r.Kept() {
			n.Kept++
		} else {
			n.Drop(schemas.Reason(r.Reason), 1)
		}
	}
	return n
}

// row checks what a row says by itself.
func (c *checker) row(p at, r *schemas.Row, st style) {
	c.reason(p, "reason", schemas.Reason(r.Reason))
	if len(r.Detail) > 1<<10 {
		c.reportAt(p, Field, "detail", "at most 1024 bytes", len(r.Detail))
	}
	c.measured(p, r, st)
	if !r.Kept() {
		equal(c, p, Field, "image_sha256", "", r.ImageSHA256)
		return
	}
	if len(r.Captions) == 0 {
		c.reportAt(p, Field, "captions", "one or more", 0)
	}
	phash := 16
	if st.untouched || !st.known && r.Width == 0 {
		phash = 0 // nothing was decoded
	}
	if len(r.SHA256) != 64 || len(r.ImageSHA256) != 64 || len(r.PHash) != phash {
		c.reportAt(p, Field, "sha256, image_sha256, phash", fmt.Sprintf("64, 64 and %d digits", phash),
			strings.Join([]string{r.SHA256, r.ImageSHA256, r.PHash}, ", "))
	}
}

// hashRuns holds the sorted runs against the table: every kept row stands in one of them.
func (c *checker) hashRuns(ctx context.Context, rec schemas.Commit, s runShard) {
	seen, complete := make([]bool, len(s.rows)), true
	for _, o := range rec.Of(schemas.RoleHashes) {
		var last schemas.HashRow
		hashes, ok := readAll[schemas.HashRow](ctx, c, o)
		complete = complete && ok
		for i, h := range hashes {
			p := at{o.Key, int64(i), h.ID}
			if cmp.Or(cmp.Compare(last.SHA256, h.SHA256), cmp.Compare(last.ID, h.ID)) > 0 {
				c.reportAt(p, Order, "sha256, id", "after "+last.SHA256+" "+last.ID, h.SHA256+" "+h.ID)
			}
			last = h
			if h.Row < 0 || int(h.Row) >= len(s.rows) || seen[h.Row] {
				c.reportAt(p, Field, "row", "a row of "+s.table.Key+", once", h.Row)
				continue
			}
			seen[h.Row] = true
			q, r := s.at(int(h.Row)), &s.rows[h.Row]
			agree(c, q, p, Field, "id", r.ID, h.ID)
			agree(c, q, p, Field, "sha256", r.SHA256, h.SHA256)
			agree(c, q, p, Field, "url", r.URL, h.URL)
			agree(c, q, p, Field, "part", rec.Job.Name, h.Part)
			agree(c, q, p, Reason, "reason", "", r.Reason)
		}
	}
	for i := range s.rows {
		if complete && s.rows[i].Kept() && !seen[i] {
			c.reportAt(s.at(i), State, "", "a line in a hash run", "none")
		}
	}
}

// optOuts holds the opt-outs against the table.
func (c *checker) optOuts(ctx context.Context, rec schemas.Commit, s runShard) {
	var want []int
	for i := range s.rows {
		if s.rows[i].OptOut != "" {
			want = append(want, i)
		}
	}
	n, complete := 0, true
	for _, o := range rec.Of(schemas.RoleOptOuts) {
		var got []schemas.OptOutRow
		got, complete = readAll[schemas.OptOutRow](ctx, c, o)
		n = len(got)
		for i, x := range got {
			p := at{o.Key, int64(i), x.URL}
			if i >= len(want) {
				c.reportAt(p, Rows, "", len(want), n)
				return
			}
			q, r := s.at(want[i]), &s.rows[want[i]]
			agree(c, q, p, Field, "url", r.URL, x.URL)
			agree(c, q, p, Field, "opt_out", r.OptOut, x.OptOut)
		}
	}
	if complete && n < len(want) {
		c.reportAt(s.at(want[n]), State, "opt_out", "a line among the opt-outs", "none")
	}
}

// observations checks that each belongs to a row, in the order of the table. The rest of them nothing can contradict. It returns
// the ids of those that tell of an earlier run.
func (c *checker) observations(ctx context.Context, rec schemas.Commit, s runShard) (since map[string]bool) {
	since = map[string]bool{}
	for _, o := range rec.Of(schemas.RoleObservations) {
		at0 := 0
		for i, x := range rows[schemas.Observation](ctx, c, o) {
			if x.Since != "" {
				since[x.ID] = true
			}
			from := at0
			for at0 < len(s.rows) && s.rows[at0].ID != x.ID {
				at0++
			}
			if at0 == len(s.rows) {
				at0 = from
				c.reportAt(at{o.Key, i, x.ID}, Field, "id", "a row of "+s.table.Key+", in order", x.ID)
			}
		}
	}
	return since
}
