package web

import (
	"maps"
	"slices"
)

// Report is what is known of one lane between two epochs.
type Report struct {
	Lane       int   `json:"lane"`
	Used       int64 `json:"used"`       // pages planned since the crawl began
	Pending    int64 `json:"pending"`    // links in its frontier
	Links      int64 `json:"links"`      // links that it was sent and has not gathered
	Candidates int64 `json:"candidates"` // candidates that it was sent and has not gathered
}

// Parcel counts what one lane sent another, or itself.
type Parcel struct {
	Lane       int   `json:"lane"` // the receiver
	Links      int64 `json:"links"`
	Candidates int64 `json:"candidates"`
}

// Ended is what a lane's route reports: where the lane stands at the end of an epoch, and what it sent.
type Ended struct {
	Lane    int      `json:"lane"`
	Used    int64    `json:"used"`
	Pending int64    `json:"pending"`
	Sent    []Parcel `json:"sent,omitempty"`
}

// End makes the report of a lane's route.
func End(s State, boxes []Outbox) Ended {
	e := Ended{Lane: s.Lane, Used: s.Used, Pending: int64(len(s.Frontier))}
	for _, b := range boxes {
		e.Sent = append(e.Sent, Parcel{b.Lane, int64(len(b.Links)), int64(len(b.Candidates))})
	}
	return e
}

// Share is one lane's part of an epoch.
type Share struct {
	Lane      int   `json:"lane"`
	Epoch     int   `json:"epoch"`
	Allowance int64 `json:"allowance"` // pages that it may plan in the epoch; 0 = it only gathers
	Budget    int64 `json:"budget"`    // what is left of max_pages for the whole run
}

// Allotment opens an epoch: which lanes run, and what each may use.
type Allotment struct {
	Epoch   int      `json:"epoch"`
	Lanes   []Share  `json:"lanes,omitempty"`   // sorted; none = the crawl is over
	Reports []Report `json:"reports,omitempty"` // every lane heard of, sorted; the next Allot needs them
}

// Over tells whether the crawl has ended.
func (a Allotment) Over() bool { return len(a.Lanes) == 0 }

// Allot closes the epoch that before opened and opens the next one. Ended must hold one entry for each of
// before.Lanes, in any order.
//
// While pages are left, a lane is active when its frontier holds links or when it was sent anything, and the pages left
// are shared equally among the lanes with links, each at most what one epoch's walks can use; what does not divide goes
// one each to the first lanes. What a lane does not use is shared again next time. When no pages are left, only lanes
// with candidates in transit are active: they gather once more, and the crawl is over. The sum of all pages planned
// never exceeds max_pages, since in each epoch the allowances sum to at most what is left.
func (c *Crawler) Allot(before Allotment, ended []Ended) Allotment {
	reports := carry(before.Reports, ended)
	next := Allotment{Epoch: before.Epoch + 1, Reports: reports}
	next.Lanes = c.share(next.Epoch, reports)
	return next
}

func (c *Crawler) share(epoch int, reports []Report) []Share {
	left := c.cfg.Web.MaxPages
	walkers := int64(0)
	for _, r := range reports {
		left -= r.Used
		if r.Pending+r.Links > 0 {
			walkers++
		}
	}
	left = max(left, 0)
	budget := left
	atMost := int64(c.cfg.Steps) * int64(c.cfg.Web.PagesPerJob)
	var out []Share
	for _, r := range reports {
		s := Share{Lane: r.Lane, Epoch: epoch, Budget: budget}
		walks := r.Pending+r.Links > 0 && budget > 0
		if walks {
			s.Allowance = min((left+walkers-1)/walkers, atMost)
			left -= s.Allowance
			walkers--
		}
		if walks || r.Candidates > 0 {
			out = append(out, s)
		}
	}
	return out
}

// carry brings what is known of each lane up to date: what was in transit has been gathered by the lanes that ran,
// and what they sent is in transit now.
func carry(before []Report, ended []Ended) []Report {
	known := map[int]Report{}
	for _, r := range before {
		known[r.Lane] = r
	}
	for _, e := range ended {
		known[e.Lane] = Report{Lane: e.Lane, Used: e.Used, Pending: e.Pending}
	}
	for _, e := range ended {
		for _, p := range e.Sent {
			r := known[p.Lane]
			r.Lane = p.Lane
			r.Links += p.Links
			r.Candidates += p.Candidates
			known[p.Lane] = r
		}
	}
	out := make([]Report, 0, len(known))
	for _, lane := range slices.Sorted(maps.Keys(known)) {
		out = append(out, known[lane])
	}
	return out
}
