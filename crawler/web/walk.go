package web

import (
	"context"
	"fmt"
	"maps"

	"pairmill/fetch"
	"pairmill/schemas"
)

// Walked is what a walk did.
type Walked struct {
	State  State
	Seen   Runs           // adds to Pages
	Pages  []schemas.Page // one per planned URL, in planned order
	Finds  Finds
	Counts schemas.Counts
	Images Images

	// Readings are of the pages of which a later crawl can ask whether they have changed, in planned order.
	Readings []Reading
}

// Images counts the <img> elements of a walk's pages. All = Candidates + NoAlt + BlankAlt + BadURL + Repeated.
type Images struct {
	All        int64 `json:"all"`
	Candidates int64 `json:"candidates"` // distinct on their page
	NoAlt      int64 `json:"no_alt"`     // no alt attribute: nothing is said of the picture
	BlankAlt   int64 `json:"blank_alt"`  // alt with nothing in it: the author calls the picture decoration
	BadURL     int64 `json:"bad_url"`    // no src, not http(s), or over 2,048 bytes
	Repeated   int64 `json:"repeated"`   // the same picture and text again on the page, or past Config.MaxCandidates
}

func (i *Images) add(o Images) {
	i.All += o.All
	i.Candidates += o.Candidates
	i.NoAlt += o.NoAlt
	i.BlankAlt += o.BlankAlt
	i.BadURL += o.BadURL
	i.Repeated += o.Repeated
}

// Walk plans the best pages_per_job links of the frontier, or as many as the allowance leaves, fetches and parses
// them, and returns what it found. Hosts are walked side by side, the pages of one host in rank order. Of pages that are known
// from an earlier crawl, by URL, it asks whether they have changed; what comes of those that have not is what came of them
// then, and their Page has status 304 and no bytes. An error means that ctx ended or the fetcher broke, and that nothing of the walk counts.
func (c *Crawler) Walk(ctx context.Context, s State, mem Memory, known map[string]*Reading) (Walked, error) {
	batch, rest := c.plan(s)
	visits, err := c.visitAll(ctx, batch, known)
	if err != nil {
		return Walked{}, fmt.Errorf("lane %s, epoch %d, walk %d: %w", LaneName(s.Lane), s.Epoch, s.Step+1, err)
	}
	f := fold{c: c, lane: s.Lane, planned: newAdder(mem.Pages), frontier: newFrontier(rest), finds: newMerger()}
	for _, l := range batch {
		f.planned.add(HashURL(l.URL))
	}
	for i, v := range visits {
		f.take(batch[i], v)
	}
	f.out.State = c.advance(s, batch, f.frontier)
	f.out.Seen = Runs{Pages: f.planned.run()}
	f.out.Finds = f.finds.finds()
	return f.out, nil
}

// Skip returns the state that a walk would have left that found nothing: for one that was given up, so that its pages
// are not planned again and again.
func (c *Crawler) Skip(s State) State {
	batch, rest := c.plan(s)
	return c.advance(s, batch, newFrontier(rest))
}

// plan splits the frontier. It is in rank order and already cut to the budgets.
func (c *Crawler) plan(s State) (batch, rest []schemas.Link) {
	n := min(int64(c.cfg.Web.PagesPerJob), s.Allowance, int64(len(s.Frontier)))
	return s.Frontier[:max(n, 0)], s.Frontier[max(n, 0):]
}

// advance charges the batch to the budgets.
func (c *Crawler) advance(s State, batch []schemas.Link, f *frontier) State {
	n := int64(len(batch))
	s.Step++
	s.Used += n
	s.Allowance -= n
	s.Budget -= n
	if c.cfg.Web.MaxPagesPerHost > 0 {
		s.Hosts = maps.Clone(s.Hosts)
		if s.Hosts == nil {
			s.Hosts = map[string]int64{}
		}
		for _, l := range batch {
			s.Hosts[fetch.HostKey(l.URL)]++
		}
	}
	s.Frontier = c.cut(f, s)
	return s
}

// fold adds up visits, in planned order.
type fold struct {
	c        *Crawler
	lane     int
	planned  *adder
	frontier *frontier
	finds    *merger
	out      Walked
}

func (f *fold) take(from schemas.Link, v visit) {
	f.out.Pages = append(f.out.Pages, v.page)
	f.out.Counts.Requests += v.requests
	f.out.Counts.Bytes += v.page.Bytes
	if v.page.Reason == "" {
		f.out.Counts.Pages++
	}
	f.out.Images.add(v.images)
	if v.reading != nil {
		f.out.Readings = append(f.out.Readings, *v.reading)
	}
	for _, u := range v.links {
		f.link(schemas.Link{URL: u, Depth: from.Depth + 1, Referrer: from.URL})
	}
	if v.redirect != "" {
		f.link(schemas.Link{URL: v.redirect, Depth: from.Depth, Redirects: from.Redirects + 1, Referrer: from.URL})
	}
	for _, p := range v.candidates {
		f.finds.candidate(p)
	}
}

// link sends a link where it belongs: to the frontier, to another lane, or nowhere.
func (f *fold) link(l schemas.Link) {
	switch {
	case tooDeep(l, f.c.cfg.Web.MaxDepth):
	case f.c.laneOf(l.URL) != f.lane:
		f.finds.link(l)
	case !f.planned.has(HashURL(l.URL)):
		f.frontier.add(l)
	}
}
