package sheet

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/table"
)

// MaxPairs is the largest Config.Pairs: five times as many pictures are on the page.
const MaxPairs = 200

// Config says what to show. The zero Config has the defaults.
type Config struct {
	// Pairs is how many of the best and of the worst pairs are shown, and a third of how many samples; default 6, a row
	// of the page. More than MaxPairs is an error.
	Pairs int

	// Pictures reads the pictures of the shown pairs, for WriteHTML.
	Pictures bool

	// MaxPicture is the largest picture that the page holds, in bytes; default 1 MiB. The frame of a larger one says so
	// instead.
	MaxPicture int64
}

func (c Config) withDefaults() Config {
	if c.Pairs <= 0 {
		c.Pairs = 6
	}
	if c.MaxPicture <= 0 {
		c.MaxPicture = 1 << 20 // 50 times a resized picture of a usual dataset
	}
	return c
}

// Sheet is what is shown of a dataset version.
type Sheet struct {
	Manifest schemas.Manifest
	Summary  schemas.Summary

	// Best and Worst are the pairs with the highest and the lowest similarity, the extreme ones first; both are empty in
	// a dataset without vectors.
	Best, Worst []Pair

	// Samples are pairs from all over the dataset.
	Samples []Pair

	// Similarity is how often each similarity occurs; empty without vectors.
	Similarity Histogram
}

// Scored tells whether the pairs have a similarity.
func (s *Sheet) Scored() bool { return s.Manifest.Dim > 0 || s.Manifest.Encoder != "" }

// Read looks through a version. Keys of v are relative to the version's folder.
func Read(ctx context.Context, v store.Store, c Config) (*Sheet, error) {
	c = c.withDefaults()
	if c.Pairs > MaxPairs {
		return nil, fmt.Errorf("%d pairs to show: want at most %d", c.Pairs, MaxPairs)
	}
	s := &Sheet{}
	if err := readJSON(ctx, v, "manifest.json", &s.Manifest); err != nil {
		return nil, err
	}
	if s.Manifest.Version != schemas.Version {
		return nil, fmt.Errorf("manifest.json has schema version %d: this program reads version %d", s.Manifest.Version, schemas.Version)
	}
	if err := readJSON(ctx, v, "stats.json", &s.Summary); err != nil {
		return nil, err
	}
	if err := s.readRows(ctx, v, c.Pairs); err != nil {
		return nil, err
	}
	if !c.Pictures {
		return s, nil
	}
	return s, s.readPictures(ctx, v, c.MaxPicture)
}

// fileLimit bounds a manifest: one of 100,000 shards has 80 MB.
const fileLimit = 256 << 20

func readJSON(ctx context.Context, v store.Store, key string, to any) error {
	data, err := store.ReadAll(ctx, v, key, fileLimit)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, to); err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	return nil
}

// readRows passes every row once.
func (s *Sheet) readRows(ctx context.Context, v store.Store, n int) error {
	best, worst, samples := ranking{n: n, order: bestFirst}, ranking{n: n, order: worstFirst}, ranking{n: 3 * n, order: byDraw}
	var omit []string
	if !s.Scored() {
		omit = []string{"similarity"}
	}
	for _, o := range s.Manifest.Objects {
		if o.Role != schemas.RoleData {
			continue
		}
		for row, err := range table.Read[dataRow](ctx, v, o.Key, omit...) {
			if err != nil {
				return err
			}
			p := newPair(row, shardOf(o.Key))
			samples.offer(p)
			if s.Scored() {
				best.offer(p)
				worst.offer(p)
				s.Similarity.add(p.Similarity)
			}
		}
	}
	s.Best, s.Worst, s.Samples = best.rows, worst.rows, samples.rows
	return nil
}

// shardOf returns the name of the shard with the pictures of a data file: "data/train-00003-of-00006.parquet" has them
// in "shards/00003.tar".
func shardOf(key string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(path.Base(key), "train-"), "-of-")
	return "shards/" + name + ".tar"
}
