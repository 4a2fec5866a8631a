package verify

import (
	"context"
	"iter"
	"regexp"
	"strings"

	"pairmill/internal/extsort"
	"pairmill/schemas"
)

// shardName is how files of delivered shards are named, and the folders of format files.
var shardName = regexp.MustCompile(`^([0-9]+)(\.tar|\.parquet|_stats\.json|/.+)$`)

// top tells of files at the top of a store, where runs deliver their shards, that look like shards and that no run has
// delivered or taken over.
func (c *checker) top(ctx context.Context, runs []string) error {
	named := sorter(c, compareNamings)
	defer named.Close()
	shards := map[string]bool{}
	for _, run := range runs {
		if err := c.delivered(ctx, run, named, shards); err != nil {
			return err
		}
	}
	if len(shards) == 0 {
		return nil
	}
	next, stop := iter.Pull2(named.Sorted(ctx))
	defer stop()
	n, err, more := next()
	for info, lerr := range c.store.List(ctx, "") {
		if lerr != nil {
			return lerr
		}
		for more && err == nil && n.Key < info.Key {
			n, err, more = next()
		}
		if err != nil {
			return err
		}
		m := shardName.FindStringSubmatch(info.Key)
		belongs := m == nil || more && n.Key == info.Key
		if m != nil && shards[m[1]] {
			belongs = belongs || strings.HasPrefix(m[2], "/") // its check knows which files a folder has
		}
		c.garbage(info, belongs)
	}
	return err
}

// delivered collects what a run has at the top: files that its records name, what stands beside tars that it took over, and
// the shards by their names.
func (c *checker) delivered(ctx context.Context, run string, named *extsort.Sorter[naming], shards map[string]bool) error {
	for key, rec := range c.records(ctx, run) {
		var objects []schemas.Object
		switch {
		case rec.Job.Task == schemas.TaskDeliver:
			objects = rec.Of(schemas.RoleDelivered)
		case isAdopted(rec.Job.Input):
			for _, o := range rec.Of(schemas.RoleTar) {
				base := strings.TrimSuffix(o.Key, ".tar")
				objects = append(objects, o, schemas.Object{Key: base + ".parquet"}, schemas.Object{Key: base + "_stats.json"})
			}
		}
		for _, o := range objects {
			if err := name(named, key, "", o); err != nil {
				return err
			}
			if m := shardName.FindStringSubmatch(o.Key); m != nil {
				shards[m[1]] = true
			}
		}
	}
	return c.err
}
