package web

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

func TestSeenFindsWhatWasAdded(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	in := map[Hash]bool{}
	var runs [][]byte
	for range 40 {
		a := newAdder(seenOf(t, runs))
		for range random.IntN(30) {
			h := HashURL(fmt.Sprint(random.IntN(800)))
			if a.has(h) != in[h] {
				t.Fatalf("has %x: %v, want %v", h, a.has(h), in[h])
			}
			a.add(h)
			in[h] = true
		}
		runs = compact(runs, a.run())
	}
	all := seenOf(t, runs)
	for i := range 800 {
		h := HashURL(fmt.Sprint(i))
		if all.Has(h) != in[h] {
			t.Errorf("has %d: %v, want %v", i, all.Has(h), in[h])
		}
	}
	if merged := seenOf(t, [][]byte{MergeRuns(runs...)}); merged.Len() != len(in) {
		t.Errorf("merged runs hold %d hashes, want %d", merged.Len(), len(in))
	}
}

func TestNewSeenRefusesBrokenRuns(t *testing.T) {
	t.Parallel()
	low, high := bytes.Repeat([]byte{1}, 16), bytes.Repeat([]byte{2}, 16)
	for name, run := range map[string][]byte{
		"cut": low[:15], "unsorted": append(append([]byte{}, high...), low...), "repeated": append(append([]byte{}, low...), low...),
	} {
		if _, err := NewSeen(low, run); err == nil {
			t.Errorf("a %s run was accepted", name)
		}
	}
}

func TestMergePlan(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		sizes []int64
		from  int
	}{
		{nil, 0},
		{[]int64{5}, 0},
		{[]int64{100, 10}, 1},
		{[]int64{100, 30}, 0},
		{[]int64{1000, 100, 10, 10}, 2},
		{[]int64{1000, 200, 20, 10}, 2},
		{[]int64{1000, 100, 20, 10}, 1},
		{[]int64{1000, 60, 10, 10}, 1},
	} {
		if got := MergePlan(test.sizes); got != test.from {
			t.Errorf("merge plan of %v: from %d, want %d", test.sizes, got, test.from)
		}
	}
}

// However many runs are added, few stay, and little is written to keep them few.
func TestMergePlanKeepsRunsFew(t *testing.T) {
	t.Parallel()
	var sizes []int64
	const n = 10_000
	most, written := 0, int64(0)
	for range n {
		sizes = append(sizes, 1)
		if from := MergePlan(sizes); from < len(sizes)-1 {
			sum := int64(0)
			for _, s := range sizes[from:] {
				sum += s
			}
			sizes = append(sizes[:from], sum)
			written += sum
		}
		most = max(most, len(sizes))
	}
	if most > 8 || written > 40*n {
		t.Errorf("%d runs at most, %d hashes written for %d: want under 8 and 40 times", most, written, n)
	}
}
