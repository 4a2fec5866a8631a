package schemas

import (
	"fmt"
	"slices"
	"strconv"
)

// Generation is one pass of a run over its source. The first has the number 0. A later one takes rows of the list that no
// pass has taken yet (a larger sample, further inputs), or asks again for rows that were dropped. Nothing is rewritten:
// a row's state is the one of the highest generation that took it.
type Generation struct {
	Version int `json:"v"`
	Number  int `json:"number"`

	// A pass over a list takes the rows whose Fraction is in [From, To), so that a sample is part of every larger one.
	List *List   `json:"list,omitempty"` // its inputs; nil = those of the spec
	From float64 `json:"from,omitempty"`
	To   float64 `json:"to,omitempty"`

	// The first pass may be since another run: what has not changed on the web since then is taken over from it.
	Since string `json:"since,omitempty"`

	// A retry takes the rows that were dropped for one of these reasons.
	Retry []Reason `json:"retry,omitempty"`

	Fetch *Fetch `json:"fetch,omitempty"` // how requests are made in this pass; nil = as the spec says
}

// IsRetry tells whether the pass asks again for dropped rows.
func (g *Generation) IsRetry() bool { return len(g.Retry) > 0 }

// Takes tells whether a pass over a list takes the row with this id.
func (g *Generation) Takes(id string) bool {
	f := Fraction(id)
	return f >= g.From && (f < g.To || g.To >= 1)
}

// Generations are the passes of a run, by number.
type Generations []Generation

// Superseded tells whether a row that generation n left with this reason was taken again by a later one. A retry takes
// every row with one of its reasons, so the reason alone says it.
func (g Generations) Superseded(n int, r Reason) bool {
	if r == Kept {
		return false
	}
	for _, later := range g[min(n+1, len(g)):] {
		if slices.Contains(later.Retry, r) {
			return true
		}
	}
	return false
}

// Fraction spreads ids evenly over [0, 1): the first 52 bits of an id, which is a hash already.
func Fraction(id string) float64 {
	n, err := strconv.ParseUint(id[:min(13, len(id))], 16, 64)
	if err != nil {
		return 0
	}
	return float64(n) / (1 << 52)
}

// GenerationName names the group of the jobs that plan a generation.
func GenerationName(n int) string { return fmt.Sprintf("n%05d", n) }
