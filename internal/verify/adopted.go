package verify

import (
	"context"
	"fmt"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
)

// isAdopted tells whether a fetch part is a shard that was there before the run, which keeps its tar where it is.
func isAdopted(input string) bool { return strings.Contains(input, "/parts/fetch/shards/") }

// adopted checks the table of a shard that was there: each kept row's picture stands in the tar where the row says. What
// else the tar holds is its maker's.
func (j *jobs) adopted(ctx context.Context, rec schemas.Commit, s runShard) error {
	c := j.c
	var complete bool
	if s.rows, complete = readAll[schemas.Row](ctx, c, s.table); !complete {
		return nil
	}
	var part struct {
		Columns []schemas.Column `json:"columns"`
	}
	known := !c.broken[rec.Job.Input] && c.readJSON(ctx, rec.Job.Input, &part) == nil
	for i := range s.rows {
		p, r := s.at(i), &s.rows[i]
		c.reason(p, "reason", schemas.Reason(r.Reason))
		x := candidateOf(r)
		c.candidate(p, &x)
		if known && len(part.Columns) > 0 {
			c.listedValues(p, r, style{columns: part.Columns})
		}
		if err := j.joined(rec, s, i); err != nil {
			return err
		}
	}
	c.pictures(ctx, s)
	c.hashRuns(ctx, rec, s)
	if err := j.lines(ctx, rec, s); err != nil {
		return err
	}
	want := s.counts(nil)
	want.Bytes = 0 // nothing was asked for
	c.counts(ctx, rec, want)
	return nil
}

// pictures holds the pictures in an adopted tar against the rows.
func (c *checker) pictures(ctx context.Context, s runShard) {
	if c.broken[s.tar.Key] && c.torn[s.tar.Key] {
		return
	}
	o, err := c.store.Open(ctx, s.tar.Key)
	if err != nil {
		return // it has been reported
	}
	defer o.Close()
	kept := int64(0)
	for i := range s.rows {
		r := &s.rows[i]
		if !r.Kept() {
			continue
		}
		p := at{s.tar.Key, kept, r.Key}
		kept++
		c.pictureAt(p, o, s.at(i), r)
	}
	equal(c, whole(s.table.Key), Rows, "kept rows", s.tar.Rows, kept)
}

func (c *checker) pictureAt(p at, o store.Object, q at, r *schemas.Row) {
	size := o.Info().Size
	if r.ImageOffset < 0 || r.ImageBytes < 0 || r.ImageBytes > size || r.ImageOffset > size-r.ImageBytes {
		agree(c, p, q, Image, "image_offset, image_bytes", fmt.Sprintf("inside %d bytes", size), fmt.Sprintf("%d, %d", r.ImageOffset, r.ImageBytes))
		return
	}
	image := make([]byte, r.ImageBytes)
	if n, err := o.ReadAt(image, r.ImageOffset); n < len(image) {
		c.reportAt(p, Decode, "", "", err)
		return
	}
	agree(c, q, p, Image, "image_sha256", r.ImageSHA256, sumOf(image))
}
