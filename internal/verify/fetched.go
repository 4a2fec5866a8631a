package verify

import (
	"cmp"
	"context"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
)

// fetched checks what a fetch job made: its table against its part, its tar and its side tables against its table.
func (c *checker) fetched(ctx context.Context, rec schemas.Commit, part schemas.Object, join *joins) {
	tables, tars := rec.Of(schemas.RoleTable), rec.Of(schemas.RoleTar)
	if len(tables) != 1 || len(tars) != 1 {
		c.reportAt(whole(store.CommitKey(rec.Job)), Record, "objects", "one tar and one table", "")
		return
	}
	s := runShard{table: tables[0], tar: tars[0]}
	var whole bool
	s.rows, whole = readAll[schemas.Row](ctx, c, s.table)
	c.candidates(ctx, s, part, whole)
	for i := range s.rows {
		c.row(s.at(i), &s.rows[i])
		if err := join.table(rec.Job, s.table.Key, int64(i), &s.rows[i]); err != nil {
			c.fail(err)
		}
	}
	if !whole {
		return
	}
	c.shardTar(ctx, s)
	c.hashRuns(ctx, rec, s)
	c.optOuts(ctx, rec, s)
	c.observations(ctx, rec, s)
	c.counts(ctx, rec, s.counts())
}

// runShard is a fetched shard.
type runShard struct {
	table, tar schemas.Object
	rows       []schemas.Row
}

func (s *runShard) at(i int) at { return at{s.table.Key, int64(i), s.rows[i].ID} }

// counts are what the table says that the job did.
func (s *runShard) counts() schemas.Counts {
	n := schemas.Counts{Inputs: int64(len(s.rows))}
	asked := map[string]bool{}
	for _, r := range s.rows {
		if r.SHA256 != "" {
			n.Fetched++
		}
		if !asked[r.URL] && r.SourceBytes > 0 {
			n.Bytes += r.SourceBytes
			asked[r.URL] = true
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
func (c *checker) row(p at, r *schemas.Row) {
	c.reason(p, "reason", schemas.Reason(r.Reason))
	if len(r.Detail) > 1<<10 {
		c.reportAt(p, Field, "detail", "at most 1024 bytes", len(r.Detail))
	}
	if !r.Kept() {
		equal(c, p, Key, "key", "", r.Key)
		equal(c, p, Field, "image_sha256", "", r.ImageSHA256)
		return
	}
	equal(c, p, Key, "key", r.ID, r.Key)
	if len(r.Captions) == 0 {
		c.reportAt(p, Field, "captions", "one or more", 0)
	}
	if len(r.SHA256) != 64 || len(r.ImageSHA256) != 64 || len(r.PHash) != 16 {
		c.reportAt(p, Field, "sha256, image_sha256, phash", "64, 64 and 16 digits", strings.Join([]string{r.SHA256, r.ImageSHA256, r.PHash}, ", "))
	}
}

// candidates holds the table against the part that it was made of.
func (c *checker) candidates(ctx context.Context, s runShard, part schemas.Object, complete bool) {
	n := 0
	for i, x := range rows[schemas.Candidate](ctx, c, part) {
		n++
		p := at{part.Key, i, x.ID}
		if len(x.Captions) == 0 {
			c.reportAt(p, Field, "captions", "one or more", 0)
			continue
		}
		equal(c, p, UID, "id", schemas.NewID(x.URL, x.Captions[0].Text).String(), x.ID)
		if int(i) >= len(s.rows) {
			continue
		}
		r, q := &s.rows[i], s.at(int(i))
		agree(c, p, q, Field, "id", x.ID, r.ID)
		agree(c, p, q, Field, "url", x.URL, r.URL)
		agree(c, p, q, Field, "page_url", x.PageURL, r.PageURL)
		agree(c, p, q, Field, "depth", x.Depth, r.Depth)
		agree(c, p, q, Field, "license", x.License, r.License)
		agree(c, p, q, Field, "opt_out", x.OptOut, r.OptOut)
		c.subset(p, q, x.Captions, r.Captions)
	}
	if complete && !c.torn[part.Key] {
		agree(c, whole(part.Key), whole(s.table.Key), Rows, "", n, len(s.rows))
	}
}

// subset checks that a row's captions are its candidate's, in order, some left out.
func (c *checker) subset(p, q at, all, some []schemas.Caption) {
	for _, x := range some {
		for len(all) > 0 && all[0] != x {
			all = all[1:]
		}
		if len(all) == 0 {
			agree(c, p, q, Field, "captions", "the candidate's", x.Text)
			return
		}
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

// observations checks that each belongs to a row, in the order of the table. The rest of them nothing can contradict.
func (c *checker) observations(ctx context.Context, rec schemas.Commit, s runShard) {
	for _, o := range rec.Of(schemas.RoleObservations) {
		at0 := 0
		for i, x := range rows[schemas.Observation](ctx, c, o) {
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
}
