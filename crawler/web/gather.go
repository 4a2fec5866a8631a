package web

import "pairmill/schemas"

// Gathered is what a gather did.
type Gathered struct {
	State State
	Seen  Runs // adds to Candidates and OptOuts

	// Fresh are the candidates to fetch, by host and id: those never seen before, and notices. A notice is a candidate
	// that was emitted earlier and is emitted once more because a page now forbids its use: its OptOut is set, and
	// since the strictest word wins it takes the earlier row out.
	Fresh []schemas.Candidate
}

// Gather opens a lane's epoch: it takes in what was sent to the lane in the epoch before, its own sendings included.
// The inbox may be in any order.
//
// Links to pages not planned yet go to the frontier. Of equal candidates, the page with the smaller depth, then URL,
// is where it was found, and the strictest opt-out counts.
func (c *Crawler) Gather(s State, mem Memory, share Share, inbox []Finds) Gathered {
	s = s.clone()
	s.Lane, s.Epoch, s.Step = share.Lane, share.Epoch, 0
	s.Allowance, s.Budget = share.Allowance, share.Budget
	all := newMerger()
	for _, f := range inbox {
		all.add(f)
	}
	s.Frontier = c.takeLinks(s, mem, all.links)
	fresh, runs := takeCandidates(mem, all.sortedCandidates())
	return Gathered{State: s, Seen: runs, Fresh: fresh}
}

func (c *Crawler) takeLinks(s State, mem Memory, links map[string]schemas.Link) []schemas.Link {
	f := newFrontier(s.Frontier)
	for _, l := range links {
		if !tooDeep(l, c.cfg.Web.MaxDepth) && !mem.Pages.Has(HashURL(l.URL)) {
			f.add(l)
		}
	}
	return c.cut(f, s)
}

func takeCandidates(mem Memory, found []schemas.Candidate) ([]schemas.Candidate, Runs) {
	seen, refused := newAdder(mem.Candidates), newAdder(mem.OptOuts)
	var fresh []schemas.Candidate
	for _, c := range found {
		id := hashID(c.ID)
		news := !seen.has(id)
		if news {
			seen.add(id)
		}
		if c.OptOut != "" && !refused.has(id) {
			refused.add(id)
			news = true
		}
		if news {
			fresh = append(fresh, c)
		}
	}
	return fresh, Runs{Candidates: seen.run(), OptOuts: refused.run()}
}

// hashID returns a candidate's id as a hash: it is one already.
func hashID(id string) Hash {
	if parsed, err := schemas.ParseID(id); err == nil {
		return Hash(parsed)
	}
	return HashURL(id)
}
