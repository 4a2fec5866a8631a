package pool

import (
	"context"
	"maps"
	"path"
	"slices"
	"strings"

	"pairmill/crawler/shards"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/table"
)

// Patterns looks at all that a store holds and returns patterns for the tables of every pool in it: one for each folder of
// which the first table that stands beside no tar has uids and URLs, and no keys of samples.
func Patterns(ctx context.Context, s store.Store) ([]string, error) {
	first := map[string]string{} // by folder
	for info, err := range s.List(ctx, "") {
		if err != nil {
			return nil, err
		}
		if shards.Own(info.Key) {
			continue
		}
		dir, name := path.Split(info.Key)
		switch path.Ext(name) {
		case tableEnd:
			if first[dir] == "" {
				first[dir] = info.Key
			}
		case ".tar": // it comes behind its table
			if first[dir] == strings.TrimSuffix(info.Key, ".tar")+tableEnd {
				delete(first, dir)
			}
		}
	}
	var out []string
	for _, dir := range slices.Sorted(maps.Keys(first)) {
		is, err := isPool(ctx, s, first[dir])
		if err != nil {
			return nil, err
		}
		if is {
			out = append(out, plain(dir)+"*"+tableEnd)
		}
	}
	return out, nil
}

// plain makes a folder's name one that a pattern can begin with: what has a meaning there matches any character.
func plain(dir string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(`*?[]`, r) {
			return '?'
		}
		return r
	}, dir)
}

// isPool tells whether a table is one of a pool. What is no table is none of a pool either.
func isPool(ctx context.Context, s store.Store, key string) (bool, error) {
	o, err := s.Open(ctx, key)
	if err != nil {
		return false, err
	}
	defer o.Close()
	t, err := table.OpenValues(o, o.Info().Size, key)
	if err != nil {
		return false, ctx.Err()
	}
	has := func(name string) bool {
		return slices.ContainsFunc(t.Columns(), func(c schemas.Column) bool { return c.Name == name })
	}
	return has(UID) && has("url") && !has("key"), nil
}
