package shards

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"pairmill/store"
)

// Shard is a tar, and what stands beside it.
type Shard struct {
	Tar      string `json:"tar"`                // its key
	Size     int64  `json:"size"`               // in bytes
	Table    string `json:"table,omitempty"`    // key of the table of the same name; empty = there is none
	Finished bool   `json:"finished,omitempty"` // img2dataset's _stats.json stands beside it: it was ended in order
}

// Unfinished tells a shard that img2dataset began and did not end: a table without _stats.json.
func (s Shard) Unfinished() bool { return s.Table != "" && !s.Finished }

// reserved are folders of a store in which pairmill keeps its own. Only a pattern that begins there finds tars in them.
var reserved = []string{"runs/", "datasets/", "state/"}

// nestedRE finds what belongs to a store that lies in a folder of this one, such as the output of a download: there the
// run's shards stand under a second name.
var nestedRE = regexp.MustCompile(`^.+/(?:runs/[a-z0-9-]+/(?:shards|published)/|datasets/[a-z0-9-]+/v[0-9]{4,}/)`)

// Find returns the shards that patterns name, sorted by key. A pattern is the key of a tar, or one of path.Match's
// patterns, such as pool/*.tar. One that names nothing is an error.
func Find(ctx context.Context, s store.Store, patterns []string) ([]Shard, error) {
	found := map[string]Shard{}
	for _, pattern := range patterns {
		some, err := match(ctx, s, pattern)
		if err != nil {
			return nil, fmt.Errorf("find tars %s: %w", pattern, err)
		}
		for _, x := range some {
			found[x.Tar] = x
		}
	}
	out := make([]Shard, 0, len(found))
	for _, x := range found {
		out = append(out, x)
	}
	slices.SortFunc(out, func(a, b Shard) int { return strings.Compare(a.Tar, b.Tar) })
	return out, nil
}

// match returns what one pattern names.
func match(ctx context.Context, s store.Store, pattern string) ([]Shard, error) {
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, err
	}
	prefix := pattern
	if i := strings.IndexAny(pattern, `*?[\`); i >= 0 {
		prefix = pattern[:i]
	} else {
		prefix = strings.TrimSuffix(pattern, ".tar") // with what stands beside it
	}
	var tars []Shard
	beside := map[string]bool{}
	for info, err := range s.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		if own(info.Key, pattern) {
			continue
		}
		if ok, _ := path.Match(pattern, info.Key); ok || info.Key == pattern {
			tars = append(tars, Shard{Tar: info.Key, Size: info.Size})
			continue
		}
		if stem, ok := strings.CutSuffix(info.Key, tableExt); ok && stem != "" || strings.HasSuffix(info.Key, statsExt) {
			beside[info.Key] = true
		}
	}
	if len(tars) == 0 {
		return nil, fmt.Errorf("nothing is there: %w", store.ErrNotExist)
	}
	for i := range tars {
		tars[i].look(beside)
	}
	return tars, nil
}

// Ends of the names of what img2dataset puts beside a tar.
const (
	tableExt = ".parquet"
	statsExt = "_stats.json"
)

func (s *Shard) look(beside map[string]bool) {
	stem := strings.TrimSuffix(s.Tar, path.Ext(s.Tar))
	if beside[stem+tableExt] {
		s.Table = stem + tableExt
	}
	s.Finished = beside[stem+statsExt]
}

// Own tells whether a key is pairmill's own: of this store, or of one in a folder of it.
func Own(key string) bool { return own(key, "") }

// own tells whether a key is pairmill's own and the pattern did not ask for that.
func own(key, pattern string) bool {
	if nested := nestedRE.FindString(key); nested != "" && !strings.HasPrefix(pattern, nested) {
		return true
	}
	return slices.ContainsFunc(reserved, func(dir string) bool {
		return strings.HasPrefix(key, dir) && !strings.HasPrefix(pattern, dir)
	})
}
