package web

import (
	"cmp"
	"maps"
	"slices"

	"pairmill/fetch"
	"pairmill/schemas"
)

// Finds is what pages led to: links to pages of other lanes, and candidates. Distinct and sorted: links by rank,
// candidates by host and id.
type Finds struct {
	Links      []schemas.Link
	Candidates []schemas.Candidate
}

// Outbox is what one lane is sent.
type Outbox struct {
	Lane int
	Finds
}

// merger makes Finds out of many: one link per URL, one candidate per id. What it returns does not depend on the
// order in which things were added.
type merger struct {
	links      map[string]schemas.Link
	candidates map[string]schemas.Candidate
}

func newMerger() *merger {
	return &merger{links: map[string]schemas.Link{}, candidates: map[string]schemas.Candidate{}}
}

func (m *merger) add(f Finds) {
	for _, l := range f.Links {
		m.link(l)
	}
	for _, c := range f.Candidates {
		m.candidate(c)
	}
}

// link keeps the best way to a URL.
func (m *merger) link(l schemas.Link) {
	if old, ok := m.links[l.URL]; !ok || compareWays(l, old) < 0 {
		m.links[l.URL] = l
	}
}

// candidate keeps where the picture was seen first, and the strictest opt-out of all pages that show it.
func (m *merger) candidate(c schemas.Candidate) {
	old, ok := m.candidates[c.ID]
	if !ok {
		m.candidates[c.ID] = c
		return
	}
	first := old
	if compareSightings(c, old) < 0 {
		first = c
	}
	first.OptOut = stricter(old.OptOut, c.OptOut)
	m.candidates[c.ID] = first
}

func (m *merger) finds() Finds {
	links := sortByRank(slices.Collect(maps.Values(m.links)))
	return Finds{Links: links, Candidates: m.sortedCandidates()}
}

// sortedCandidates keeps the pictures of one host together, so that few fetch parts wait for the same host.
func (m *merger) sortedCandidates() []schemas.Candidate {
	type placed struct {
		host string
		c    schemas.Candidate
	}
	all := make([]placed, 0, len(m.candidates))
	for _, c := range m.candidates {
		all = append(all, placed{fetch.HostKey(c.URL), c})
	}
	slices.SortFunc(all, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.host, b.host), cmp.Compare(a.c.ID, b.c.ID))
	})
	out := make([]schemas.Candidate, len(all))
	for i, p := range all {
		out[i] = p.c
	}
	return out
}

// compareWays orders the ways to one URL: fewer links, then fewer redirects, then the smaller referrer.
func compareWays(a, b schemas.Link) int {
	return cmp.Or(cmp.Compare(a.Depth, b.Depth), cmp.Compare(a.Redirects, b.Redirects),
		cmp.Compare(a.Referrer, b.Referrer))
}

// compareSightings orders the places where one candidate was seen. Depth and page decide; the rest only breaks ties
// between two mentions on one page, so that no order of addition shows.
func compareSightings(a, b schemas.Candidate) int {
	return cmp.Or(cmp.Compare(a.Depth, b.Depth), cmp.Compare(a.PageURL, b.PageURL),
		cmp.Compare(a.License, b.License), slices.CompareFunc(a.Captions, b.Captions, compareCaptions))
}

func compareCaptions(a, b schemas.Caption) int {
	return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.Source, b.Source),
		cmp.Compare(a.Language, b.Language), cmp.Compare(a.Generator, b.Generator))
}

// stricter returns the opt-out that holds when two pages speak: any is stricter than none, and of two the smaller
// string, which is no less strict but the same in every order.
func stricter(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return min(a, b)
}
