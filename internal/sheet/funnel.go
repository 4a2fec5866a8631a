package sheet

import (
	"cmp"
	"slices"

	"pairmill/schemas"
)

// Step is one count on the way from the source to the dataset.
type Step struct {
	Name  string
	N     int64
	Width float64 // of its bar, in per cent of the largest
	Pages bool    // counts pages and not pairs
}

// Steps is the funnel. Steps that the run did not have are left out.
func (s *Sheet) Steps() []Step {
	sum := s.Summary
	all := []Step{
		{Name: "pages read", N: sum.Pages, Pages: true},
		{Name: "candidates", N: sum.Candidates},
		{Name: "fetched", N: sum.Fetched},
		{Name: "of those unchanged", N: sum.Unchanged},
		{Name: "distinct images", N: sum.DistinctImages},
		{Name: "embedded", N: sum.Embedded},
		{Name: "published rows", N: sum.Rows},
	}
	steps := slices.DeleteFunc(all, func(s Step) bool { return s.N == 0 })
	most := int64(0)
	for _, s := range steps {
		most = max(most, s.N)
	}
	for i := range steps {
		steps[i].Width = percent(steps[i].N, most)
	}
	return steps
}

// Drop is how many rows one reason took.
type Drop struct {
	Reason schemas.Reason
	Class  schemas.Class
	N      int64
	Width  float64 // of its bar, in per cent of the largest
}

// Drops lists the reasons that took rows, most first.
func (s *Sheet) Drops() []Drop {
	var drops []Drop
	for r, n := range s.Summary.Dropped {
		if n > 0 {
			drops = append(drops, Drop{Reason: r, Class: r.Class(), N: n})
		}
	}
	slices.SortFunc(drops, func(a, b Drop) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Reason, b.Reason)) })
	for i := range drops {
		drops[i].Width = percent(drops[i].N, drops[0].N)
	}
	return drops
}

// Fate is where a share of the candidates ended.
type Fate struct {
	Name  string // "kept", "quarantined" or a schemas.Class
	Says  string
	N     int64
	Width float64 // in per cent of the candidates
}

// Fates divides the candidates: each is in exactly one share.
func (s *Sheet) Fates() []Fate {
	classes := map[schemas.Class]int64{}
	for r, n := range s.Summary.Dropped {
		classes[r.Class()] += n
	}
	fates := []Fate{
		{Name: "kept", Says: "in the dataset", N: s.Summary.Kept},
		{Name: string(schemas.Ours), Says: "our limits and filters", N: classes[schemas.Ours]},
		{Name: string(schemas.Refused), Says: "somebody said no", N: classes[schemas.Refused]},
		{Name: string(schemas.Gone), Says: "not there any more", N: classes[schemas.Gone]},
		{Name: "quarantined", Says: "work was given up", N: s.Summary.Quarantined},
	}
	fates = slices.DeleteFunc(fates, func(f Fate) bool { return f.N == 0 })
	for i := range fates {
		fates[i].Width = percent(fates[i].N, s.Summary.Candidates)
	}
	return fates
}

func percent(n, of int64) float64 {
	if of <= 0 {
		return 0
	}
	return min(100, 100*float64(n)/float64(of))
}
