package specfile

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pairmill/schemas"
)

// Validate reports everything wrong with a spec that was built in Go or by Parse; nil or Problems. It asks no network and no disk.
func Validate(spec schemas.Spec) error { return check(spec).err() }

func check(spec schemas.Spec) Problems {
	var c Problems
	c.whole("version", int64(spec.Version), schemas.Version, schemas.Version)
	if !schemas.ValidName(spec.Name) {
		c.add(0, "name", "%q is not a name: want 1 to 64 of a-z, 0-9 and inner hyphens", spec.Name)
	}
	c.source(spec)
	c.fetch(spec.Fetch)
	c.image(spec)
	c.filter(spec.Filter)
	c.whole("dedup.buckets", int64(spec.Dedup.Buckets), 1, 4096)
	c.pool(spec)
	c.whole("embed.batch", int64(spec.Embed.Batch), 1, 4096)
	c.curate(spec)
	c.dataset(spec.Dataset)
	if spec.Deliver != nil {
		c.deliver(spec)
	}
	if spec.Schedule != nil {
		c.schedule(spec)
	}
	return c
}

func (c *Problems) filter(f schemas.Filter) {
	c.whole("filter.min_chars", int64(f.MinChars), 0, math.MaxInt64)
	c.whole("filter.max_chars", int64(f.MaxChars), 0, math.MaxInt64)
	c.whole("filter.min_words", int64(f.MinWords), 0, math.MaxInt64)
	c.whole("filter.max_words", int64(f.MaxWords), 0, math.MaxInt64)
	c.whole("filter.min_side", int64(f.MinSide), 0, math.MaxInt64)
	c.whole("filter.max_area", f.MaxArea, 0, math.MaxInt64)
	c.whole("filter.min_bytes", int64(f.MinBytes), 0, math.MaxInt64)
	if f.MaxChars > 0 && f.MinChars > f.MaxChars {
		c.add(0, "filter.min_chars", "%d is more than filter.max_chars, %d: no caption could stay", f.MinChars, f.MaxChars)
	}
	if f.MaxWords > 0 && f.MinWords > f.MaxWords {
		c.add(0, "filter.min_words", "%d is more than filter.max_words, %d: no caption could stay", f.MinWords, f.MaxWords)
	}
	if f.MaxAspect != 0 && !(f.MaxAspect >= 1 && f.MaxAspect <= math.MaxFloat64) {
		c.add(0, "filter.max_aspect", "%v: want 0 (off), or longer / shorter side, which is at least 1", f.MaxAspect)
	}
}

func (c *Problems) curate(spec schemas.Spec) {
	switch s := spec.Curate.MinSimilarity; {
	case !(s >= -1 && s <= 1):
		c.add(0, "curate.min_similarity", "%v is no cosine: want -1 (off) to 1", s)
	case s > -1 && spec.Embed.Model == "":
		c.add(0, "curate.min_similarity", "%v needs vectors, but embed.model is empty", s)
	}
}

// pool wants a pool where values are to come from one. Their name becomes part of keys.
func (c *Problems) pool(spec schemas.Spec) {
	name, ok := spec.Embed.FromPool()
	switch {
	case !ok:
	case !poolName.MatchString(name):
		c.add(0, "embed.model", "%q: want pool: and the name of a pair of arrays (pool:l14) or of a column, of letters, digits, _ and -", spec.Embed.Model)
	case spec.Source.Shards == nil || len(spec.Source.Shards.Pool) == 0:
		c.add(0, "embed.model", "%q needs a pool: set source.shards.pool to its tables", spec.Embed.Model)
	}
}

var poolName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]{0,99}$`)

func (c *Problems) dataset(d schemas.Dataset) {
	if d.Name != "" && !schemas.ValidName(d.Name) {
		c.add(0, "dataset.name", "%q is not a name: want 1 to 64 of a-z, 0-9 and inner hyphens", d.Name)
	}
	c.whole("dataset.shard_samples", int64(d.ShardSamples), 1, 1_000_000)
	c.word("dataset.vectors", d.Vectors, schemas.Float16, schemas.Float32)
}

// whole wants low <= v <= high.
func (c *Problems) whole(path string, v, low, high int64) {
	switch {
	case v >= low && v <= high:
	case low == high:
		c.add(0, path, "%d: this program reads %d", v, low)
	case high == math.MaxInt64:
		c.add(0, path, "%d is too low: want at least %d", v, low)
	default:
		c.add(0, path, "%d is outside %d to %d", v, low, high)
	}
}

func (c *Problems) word(path, v string, known ...string) {
	if !slices.Contains(known, v) {
		c.add(0, path, "%s is unknown: want %s", strconv.Quote(v), strings.Join(known, ", "))
	}
}
