package crawler

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pairmill/schemas"
)

// hosts makes so many candidates of each host.
func hosts(counts ...int) []schemas.Candidate {
	var out []schemas.Candidate
	for h, n := range counts {
		for i := range n {
			out = append(out, schemas.Candidate{ID: fmt.Sprint(h, "/", i), URL: fmt.Sprintf("http://h%d.test/%d.png", h, i)})
		}
	}
	return out
}

func TestParts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		hosts, want []int // rows of each host; rows of each part
	}{
		{nil, nil},
		{[]int{1}, []int{1}},
		{[]int{10}, []int{10}},
		{[]int{25}, []int{10, 10, 5}},               // one host, as many parts as it takes
		{[]int{5, 5}, []int{5, 5}},                  // heavy ones stay alone
		{[]int{4, 4, 4}, []int{8, 4}},               // light ones share
		{[]int{4, 4, 2}, []int{10}},                 // up to the limit
		{[]int{1, 9, 1}, []int{9, 2}},               // a heavy one between two light ones does not divide them
		{[]int{3, 12, 3, 3, 3}, []int{10, 2, 9, 3}}, // nor does one of several parts
	} {
		var got []int
		for _, p := range Parts(hosts(c.hosts...), 10) {
			got = append(got, len(p))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("hosts of %v: parts of %v, want %v", c.hosts, got, c.want)
		}
	}
}

func TestPartsLoseNothing(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 7))
	for range 300 {
		counts := make([]int, r.IntN(12))
		for i := range counts {
			counts[i] = 1 + r.IntN(30)
		}
		limit := 1 + r.IntN(20)
		in := hosts(counts...)
		seen := map[string]int{}
		for _, p := range Parts(in, limit) {
			if len(p) == 0 || len(p) > limit {
				t.Fatalf("hosts of %v, limit %d: part of %d rows", counts, limit, len(p))
			}
			for _, c := range p {
				seen[c.ID]++
			}
		}
		for _, c := range in {
			if seen[c.ID] != 1 {
				t.Fatalf("hosts of %v, limit %d: %s is in %d parts", counts, limit, c.ID, seen[c.ID])
			}
		}
	}
}
