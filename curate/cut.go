package curate

import (
	"fmt"
	"math"
	"strconv"
)

// Shards says how a dataset is cut: into as few shards as the limit allows, equal to within one sample, because
// trainers sample shards, not samples.
type Shards struct {
	Samples int64 // in all
	Count   int   // shards
}

// Cut divides samples into shards of at most limit.
func Cut(samples int64, limit int) Shards {
	return Shards{Samples: samples, Count: int((samples + int64(limit) - 1) / int64(limit))}
}

// Size returns how many samples the i-th shard has.
func (s Shards) Size(i int) int64 {
	size := s.Samples / int64(s.Count)
	if int64(i) < s.Samples%int64(s.Count) {
		size++
	}
	return size
}

// Digits of a key's part that counts within the shard, as img2dataset pads it: one for each power of ten up to the
// shard's size.
func (s Shards) digits() int {
	if s.Count == 0 {
		return 1
	}
	return max(1, int(math.Ceil(math.Log10(float64(s.Size(0))))))
}

// shardDigits is img2dataset's default padding of shard numbers.
const shardDigits = 5

// Key names the n-th sample of the i-th shard: img2dataset's scheme, shard number then index, without dots.
func (s Shards) Key(i int, n int64) string {
	return fmt.Sprintf("%0*d%0*d", shardDigits, i, s.digits(), n)
}

// Name names the i-th shard.
func (s Shards) Name(i int) string {
	name := strconv.Itoa(i)
	for len(name) < shardDigits {
		name = "0" + name
	}
	return name
}
