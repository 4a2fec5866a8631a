package verify

import (
	"context"
	"iter"
	"strconv"

	"pairmill/schemas"
)

// candidates holds the table against the part that it was made of.
func (j *jobs) candidates(ctx context.Context, s runShard, job schemas.Job, complete bool) error {
	c, n, torn := j.c, 0, false
	inputs, err := j.inputs(ctx, job, &torn)
	if err != nil || inputs == nil {
		return err
	}
	for p, x := range inputs {
		i := n
		n++
		if i >= len(s.rows) {
			continue
		}
		q, r := s.at(i), &s.rows[i]
		c.same(p, q, x, candidateOf(r))
		c.subset(p, q, x.Captions, r.Captions)
		if key, ok := j.key(job, i, &x, r.Kept()); ok {
			agree(c, p, q, Key, "key", key, r.Key)
		}
	}
	if complete && !torn {
		agree(c, whole(job.Input), whole(s.table.Key), Rows, "", n, len(s.rows))
	}
	return nil
}

// inputs yields the candidates of a fetch job with their places. It is nil when the job's part is not what it was.
func (j *jobs) inputs(ctx context.Context, job schemas.Job, torn *bool) (iter.Seq2[at, schemas.Candidate], error) {
	c := j.c
	if isCut(job.Input) {
		var part cutPart
		if c.broken[job.Input] || c.readJSON(ctx, job.Input, &part) != nil {
			return nil, nil
		}
		return c.pieces(ctx, part, torn), nil
	}
	part, err := j.part(ctx, job.Input)
	return func(yield func(at, schemas.Candidate) bool) {
		for i, x := range rows[schemas.Candidate](ctx, c, part) {
			p := at{part.Key, i, x.ID}
			c.candidate(p, &x)
			if !yield(p, x) {
				return
			}
		}
		*torn = c.torn[part.Key]
	}, err
}

// key returns the key of a candidate's row; ok is false when it is not known.
func (j *jobs) key(job schemas.Job, i int, x *schemas.Candidate, kept bool) (key string, ok bool) {
	switch {
	case x.Key != "":
		return x.Key, true
	case !isCut(job.Input) && kept:
		return x.ID, true
	case !isCut(job.Input):
		return "", true
	}
	fetch, known := j.set.fetch(job.Generation)
	shard, err := strconv.Atoi(job.Name)
	if !known || err != nil {
		return "", false
	}
	digits := 5
	if d := j.set.spec.Deliver; d != nil {
		digits = d.Digits
	}
	return schemas.SampleKey(shard, i, fetch.PartRows, digits), true
}

// candidate checks what a candidate says by itself.
func (c *checker) candidate(p at, x *schemas.Candidate) {
	if len(x.Captions) == 0 {
		c.reportAt(p, Field, "captions", "one or more", 0)
		return
	}
	equal(c, p, UID, "id", schemas.NewID(x.URL, x.Captions[0].Text).String(), x.ID)
}

// candidateOf returns the candidate that a row was, without the captions that were left out.
func candidateOf(r *schemas.Row) schemas.Candidate {
	return schemas.Candidate{
		ID: r.ID, URL: r.URL, Captions: r.Captions, PageURL: r.PageURL, Depth: r.Depth, License: r.License, OptOut: r.OptOut,
		Key: r.Key, Listed: r.Listed,
	}
}

// same holds two candidates against each other, but for their captions and keys.
func (c *checker) same(p, q at, x, y schemas.Candidate) {
	for _, f := range []struct{ name, x, y string }{
		{"id", x.ID, y.ID}, {"url", x.URL, y.URL}, {"page_url", x.PageURL, y.PageURL}, {"license", x.License, y.License},
		{"opt_out", x.OptOut, y.OptOut}, {"listed", x.Listed, y.Listed},
	} {
		agree(c, p, q, Field, f.name, f.x, f.y)
	}
	agree(c, p, q, Field, "depth", x.Depth, y.Depth)
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
