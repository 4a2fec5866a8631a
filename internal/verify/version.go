package verify

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
)

// version is a dataset version in work.
type version struct {
	c      *checker
	prefix string
	m      schemas.Manifest
	named  map[string]schemas.Object // under their full keys
}

// dataset checks a version's own claims.
func (c *checker) dataset(ctx context.Context, prefix string, m schemas.Manifest) error {
	v := version{c: c, prefix: prefix, m: m, named: map[string]schemas.Object{}}
	key := whole(prefix + "manifest.json")
	equal(c, key, Record, "v", schemas.Version, m.Version)
	named := sorter(c, compareNamings)
	defer named.Close()
	for i, o := range m.Objects {
		if i > 0 && m.Objects[i-1].Key >= o.Key {
			c.reportAt(key, Record, fmt.Sprintf("objects.%d.key", i), "after "+m.Objects[i-1].Key, o.Key)
		}
		if err := name(named, key.object, prefix, o); err != nil {
			return err
		}
		full := o
		full.Key = prefix + o.Key
		v.named[full.Key] = full
	}
	if err := c.objects(ctx, prefix, named.Sorted(ctx), func(k string) bool { return k == key.object }); err != nil {
		return err
	}
	v.expected()
	c.by = key.object
	if err := v.shards(ctx); err != nil {
		return err
	}
	c.locate(ctx)
	return c.err
}

// names lists the objects that a version of so many shards has.
func (v *version) names() map[string]string {
	want := map[string]string{"shards/sizes.json": schemas.RoleStats, "stats.json": schemas.RoleStats, "README.md": schemas.RoleCard}
	for i := range v.m.Shards {
		s := fmt.Sprintf("%05d", i)
		want["shards/"+s+".tar"] = schemas.RoleTar
		want["shards/"+s+".parquet"] = schemas.RoleTable
		want["shards/"+s+"_stats.json"] = schemas.RoleStats
		want[fmt.Sprintf("data/train-%s-of-%05d.parquet", s, v.m.Shards)] = schemas.RoleData
	}
	return want
}

// maxShards bounds what a manifest can make us look for.
const maxShards = 1 << 20

// expected checks that the manifest names what a version consists of, and nothing else.
func (v *version) expected() {
	manifest := whole(v.prefix + "manifest.json")
	if v.m.Shards < 0 || v.m.Shards > maxShards {
		v.c.reportAt(manifest, Record, "shards", fmt.Sprintf("0 to %d", maxShards), v.m.Shards)
		v.m.Shards = 0
	}
	want := v.names()
	for _, k := range sortedKeys(want) {
		o, ok := v.named[v.prefix+k]
		if !ok {
			v.c.reportAt(manifest, Record, "objects", k, "not named")
			continue
		}
		equal(v.c, manifest, Record, "role of "+k, want[k], o.Role)
	}
	for k := range v.named {
		if _, ok := want[strings.TrimPrefix(k, v.prefix)]; !ok {
			v.c.reportAt(manifest, Record, "objects", "no other object", k)
		}
	}
}

// shards checks every shard, and what is true of all together.
func (v *version) shards(ctx context.Context) error {
	ids := sorter(v.c, func(a, b fact) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Key, b.Key)) })
	defer ids.Close()
	sizes, rows := map[string]int64{}, int64(0)
	for i := range v.m.Shards {
		s := fmt.Sprintf("%05d", i)
		p := publishedShard{
			name: s, dim: v.m.Dim, encoder: v.m.Encoder,
			tar: v.object("shards/" + s + ".tar"), table: v.object("shards/" + s + ".parquet"), stats: v.object("shards/" + s + "_stats.json"),
			data: v.object(fmt.Sprintf("data/train-%s-of-%05d.parquet", s, v.m.Shards)),
		}
		n, err := v.c.shard(ctx, p, func(q at, d schemas.DatasetRow) error {
			return ids.Add(fact{ID: d.UID, Key: d.Key, Object: q.object, Row: q.row}, factSize)
		})
		if err != nil {
			return err
		}
		sizes[s+".tar"] = n
		rows += n
		v.c.cfg.Progress(p.data.Key, p.data.Size)
	}
	if err := v.unique(ctx, ids.Sorted(ctx)); err != nil {
		return err
	}
	v.totals(ctx, sizes, rows)
	return v.c.err
}

func (v *version) object(name string) schemas.Object {
	o := v.named[v.prefix+name]
	o.Key = v.prefix + name
	return o
}

func (v *version) unique(ctx context.Context, ids iter.Seq2[fact, error]) error {
	var last fact
	for f, err := range ids {
		if err != nil {
			return err
		}
		if f.ID == last.ID {
			v.c.reportAt(at{f.Object, f.Row, f.Key}, UID, "uid", "one of its kind", f.ID+", as "+last.Key)
		}
		last = f
	}
	return nil
}

// totals checks the numbers that stand beside the shards.
func (v *version) totals(ctx context.Context, sizes map[string]int64, rows int64) {
	c, manifest := v.c, whole(v.prefix+"manifest.json")
	equal(c, manifest, Rows, "rows", rows, v.m.Rows)
	var each []int64
	for _, n := range sizes {
		each = append(each, n)
	}
	c.even(manifest, each)
	if v.m.Vectors != "" && !slices.Contains([]string{schemas.Float16, schemas.Float32}, v.m.Vectors) {
		c.reportAt(manifest, Record, "vectors", schemas.Float16+" or "+schemas.Float32, v.m.Vectors)
	}
	want, err := indented(sizes, "  ", "\n")
	if err != nil {
		c.fail(err)
		return
	}
	c.rewritten(ctx, v.prefix+"shards/sizes.json", Counts, want)
	v.summary(ctx)
}

// summary checks stats.json against itself and the manifest.
func (v *version) summary(ctx context.Context) {
	c, key := v.c, whole(v.prefix+"stats.json")
	manifest := whole(v.prefix + "manifest.json")
	data, err := store.ReadAll(ctx, c.store, key.object, jsonLimit)
	var s schemas.Summary
	if err == nil {
		err = strict(data, &s)
	}
	if err != nil {
		c.unreadable(ctx, key, jsonPlace(data, err), err)
		return
	}
	want, err := indented(s, "  ", "\n")
	if err != nil {
		c.fail(err)
		return
	}
	c.recomputed(key.object, Record, want, data)
	agree(c, manifest, key, Counts, "run", v.m.Run, s.Run)
	agree(c, manifest, key, Counts, "rows", v.m.Rows, s.Rows)
	agree(c, manifest, key, Counts, "dataset", "datasets/"+v.m.Dataset+"/"+v.m.Name+"/", s.Dataset)
	equal(c, key, Counts, "kept", s.Rows, s.Kept)
	equal(c, key, Counts, "candidates - kept - dropped - quarantined", 0, s.Balance())
	for _, r := range sortedKeys(s.Dropped) {
		c.reason(key, "dropped", r)
	}
}
