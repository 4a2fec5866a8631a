package curate

import (
	"slices"
	"testing"
)

func TestCut(t *testing.T) {
	t.Parallel()
	for samples := range int64(200) {
		for _, limit := range []int{1, 2, 3, 7, 10, 99, 100, 101, 1000} {
			s := Cut(samples, limit)
			if want := int((samples + int64(limit) - 1) / int64(limit)); s.Count != want {
				t.Fatalf("%d samples by %d: %d shards, want %d", samples, limit, s.Count, want)
			}
			sum, sizes := int64(0), make([]int64, s.Count)
			for i := range sizes {
				sizes[i] = s.Size(i)
				sum += sizes[i]
			}
			if sum != samples {
				t.Fatalf("%d samples by %d: %v", samples, limit, sizes)
			}
			if s.Count > 0 && (slices.Max(sizes) > int64(limit) || slices.Max(sizes)-slices.Min(sizes) > 1) {
				t.Fatalf("%d samples by %d: unequal shards %v", samples, limit, sizes)
			}
			keys(t, s)
		}
	}
}

// keys of a dataset are distinct and stand in the order of the samples.
func keys(t *testing.T, s Shards) {
	t.Helper()
	last := ""
	for i := range s.Count {
		for n := range s.Size(i) {
			k := s.Key(i, n)
			if len(k) == len(last) && k <= last || len(k) != len(s.Key(0, 0)) {
				t.Fatalf("%+v: key %s after %s", s, k, last)
			}
			last = k
		}
	}
}

// img2dataset: shard number in five digits, then the index in ceil(log10(samples per shard)) digits.
func TestKeysAreThoseOfImg2dataset(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		samples   int64
		limit     int
		i         int
		n         int64
		key, name string
	}{
		{10_000, 10_000, 0, 0, "000000000", "00000"},
		{20_000, 10_000, 1, 9999, "000019999", "00001"},
		{1000, 1000, 0, 999, "00000999", "00000"},
		{1001, 1001, 0, 1000, "000001000", "00000"},
		{1, 1000, 0, 0, "000000", "00000"},
		{12, 3, 3, 2, "000032", "00003"},
	} {
		s := Cut(c.samples, c.limit)
		if key, name := s.Key(c.i, c.n), s.Name(c.i); key != c.key || name != c.name {
			t.Errorf("%+v: %s in %s", c, key, name)
		}
	}
	if (Shards{}).Key(0, 0) != "000000" {
		t.Error("a key of nothing")
	}
}
