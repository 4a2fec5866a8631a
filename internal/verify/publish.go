package verify

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/table"
)

// keyOrder checks that keys ascend, which makes them unique, belong to their shard, and can be keys.
type keyOrder struct{ last string }

func (k *keyOrder) check(c *checker, p at, shard, key string) {
	switch {
	case key == "" || strings.ContainsAny(key, "./\\"):
		c.reportAt(p, Key, "key", "no dots or slashes", key)
	case !strings.HasPrefix(key, shard):
		c.reportAt(p, Key, "key", shard+"…", key)
	case k.last >= key:
		c.reportAt(p, Key, "key", "after "+k.last, key)
	}
	k.last = key
}

// even checks that shards are equal to within one sample.
func (c *checker) even(p at, sizes []int64) {
	if len(sizes) > 0 && slices.Max(sizes)-slices.Min(sizes) > 1 {
		c.reportAt(p, Order, "shards", "equal to within one sample", fmt.Sprintf("%d to %d", slices.Min(sizes), slices.Max(sizes)))
	}
}

// publish checks a publish job: its shard, and that the shard holds the rows of its part.
func (j *jobs) publish(ctx context.Context, rec schemas.Commit) error {
	p := publishedShard{name: rec.Job.Name, dim: -1}
	for role, o := range map[string]*schemas.Object{
		schemas.RoleTar: &p.tar, schemas.RoleTable: &p.table, schemas.RoleData: &p.data, schemas.RoleStats: &p.stats,
	} {
		all := rec.Of(role)
		if len(all) != 1 {
			j.c.reportAt(whole(store.CommitKey(rec.Job)), Record, "objects", "one "+role, len(all))
			return nil
		}
		*o = all[0]
	}
	part := newWalker(schemas.Object{Key: rec.Job.Input}, table.Read[schemas.SelectedRow](ctx, j.c.store, rec.Job.Input))
	defer part.stop()
	_, err := j.c.shard(ctx, p, func(q at, d schemas.DatasetRow) error {
		if part.step(ctx, j.c); part.ok {
			j.c.placed(at{rec.Job.Input, q.row, part.row.Sample.ID}, q, part.row, d)
		}
		return nil
	})
	j.counts(ctx, rec, schemas.Counts{})
	return err
}

// placed holds a published row against the row of its part.
func (c *checker) placed(p, q at, s schemas.SelectedRow, d schemas.DatasetRow) {
	r := s.Sample
	for _, f := range []struct{ name, want, got string }{
		{"key", s.Key, d.Key}, {"uid", r.ID, d.UID}, {"url", r.URL, d.URL}, {"page_url", r.PageURL, d.PageURL}, {"sha256", r.SHA256, d.SHA256},
		{"image_sha256", r.ImageSHA256, d.ImageSHA256}, {"phash", r.PHash, d.PHash}, {"license", r.License, d.License},
		{"captions", show(r.Captions), show(d.Captions)}, {"encoder", s.Encoder, d.Encoder},
		{"vectors, similarity", vectorsSum(s.ImageEmbedding, s.TextEmbedding, s.Similarity), vectorsSum(d.ImageEmbedding, d.TextEmbedding, d.Similarity)},
	} {
		agree(c, p, q, Field, f.name, f.want, f.got)
	}
}
