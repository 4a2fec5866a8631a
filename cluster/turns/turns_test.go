package turns

import (
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
)

// deal gives n turns and writes down who had them.
func deal(t *Turns, n int, weights map[string]int) string {
	var s strings.Builder
	for range n {
		run, _ := t.Next(maps.All(weights))
		s.WriteString(run)
	}
	return s.String()
}

func TestDeal(t *testing.T) {
	for _, c := range []struct {
		weights map[string]int
		want    string
	}{
		{map[string]int{"a": 1}, "aaaa"},
		{map[string]int{"b": 1, "a": 1}, "abab"},
		{map[string]int{"a": 3, "b": 1}, "abaaabaaabaa"},
		{map[string]int{"a": 1, "b": 1, "c": 2}, "abccabccabcc"},
		{map[string]int{"a": 0, "b": 1}, "abab"},
		{nil, ""},
	} {
		if got := deal(new(Turns), len(c.want), c.weights); got != c.want {
			t.Errorf("weights %v: dealt %q, want %q", c.weights, got, c.want)
		}
	}
}

// TestShares: over any stretch in which all are ready, each gets its share, within a turn or two.
func TestShares(t *testing.T) {
	var turns Turns
	weights := map[string]int{"a": 1, "b": 7, "c": 100, "d": 13}
	for range 50 {
		deal(&turns, rand.IntN(300), map[string]int{"b": 7, "c": 100}) // what went before must not matter
		const n = 121 * 3
		got := deal(&turns, n, weights)
		for run, w := range weights {
			if have := strings.Count(got, run); have < 3*w-2 || have > 3*w+2 {
				t.Fatalf("run %s of weight %d got %d of %d turns", run, w, have, n)
			}
		}
	}
}

func TestLateComer(t *testing.T) {
	var turns Turns
	deal(&turns, 1000, map[string]int{"a": 1})
	if got := deal(&turns, 6, map[string]int{"a": 1, "b": 1}); got != "bababa" {
		t.Errorf("dealt %q to an old run and a new one", got)
	}
}

func TestUndo(t *testing.T) {
	var turns Turns
	weights := map[string]int{"a": 2, "b": 1}
	for range 20 {
		if run, _ := turns.Next(maps.All(weights)); run != "a" {
			t.Fatalf("a turn that was not used went to %s", run)
		}
		turns.Undo("a")
	}
	turns.Undo("nobody")
	if got := deal(&turns, 6, weights); strings.Count(got, "a") != 4 {
		t.Errorf("dealt %q", got)
	}
	turns.Forget("a")
	if run, _ := turns.Next(maps.All(map[string]int{"a": 2})); run != "a" {
		t.Errorf("dealt to %q", run)
	}
}
