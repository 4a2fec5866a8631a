package web

import (
	"maps"
	"slices"

	"pairmill/schemas"
)

// State is what a lane carries from job to job, together with its [Memory]. The zero State is a lane that has not
// begun. Jobs return a new State and leave the one they were given as it was.
type State struct {
	Lane      int   `json:"lane"`
	Epoch     int   `json:"epoch"`
	Step      int   `json:"step"`      // walks done in this epoch
	Used      int64 `json:"used"`      // pages planned since the crawl began
	Allowance int64 `json:"allowance"` // pages that may still be planned in this epoch
	Budget    int64 `json:"budget"`    // pages that this lane can at most still plan in the run; bounds the frontier

	// Hosts counts the pages planned on each host. It is kept only when max_pages_per_host is set.
	Hosts map[string]int64 `json:"hosts,omitempty"`

	// Frontier is what waits to be planned, in rank order. It stands beside the JSON, as a table of its own.
	Frontier []schemas.Link `json:"-"`
}

func (s State) clone() State {
	s.Hosts = maps.Clone(s.Hosts)
	s.Frontier = slices.Clone(s.Frontier)
	return s
}

// More tells whether the lane has another walk to do in this epoch. If not, its next job is the route.
func (c *Crawler) More(s State) bool {
	return s.Step < c.cfg.Steps && s.Allowance > 0 && len(s.Frontier) > 0
}
