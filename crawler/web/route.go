package web

import (
	"maps"
	"slices"
)

// Route closes a lane's epoch: it merges the finds of its walks and splits them by the lane that each concerns, the
// page's host for a link and the picture's host for a candidate. Outboxes are sorted by lane, none is empty.
func (c *Crawler) Route(walks []Finds) []Outbox {
	all := newMerger()
	for _, f := range walks {
		all.add(f)
	}
	merged := all.finds()
	boxes := map[int]*Outbox{}
	box := func(url string) *Outbox {
		lane := c.laneOf(url)
		if boxes[lane] == nil {
			boxes[lane] = &Outbox{Lane: lane}
		}
		return boxes[lane]
	}
	for _, l := range merged.Links {
		b := box(l.URL)
		b.Links = append(b.Links, l)
	}
	for _, p := range merged.Candidates {
		b := box(p.URL)
		b.Candidates = append(b.Candidates, p)
	}
	out := make([]Outbox, 0, len(boxes))
	for _, lane := range slices.Sorted(maps.Keys(boxes)) {
		out = append(out, *boxes[lane])
	}
	return out
}
