package web

import (
	"context"
	"fmt"

	"pairmill/fetch"
	"pairmill/schemas"
)

// Fetcher gets pages. It obeys robots.txt, paces requests per host and limits what an answer may cost, so that
// nothing in this package needs to. It also knows which words of a site forbid the use of its pictures.
type Fetcher interface {
	// Get requests one page. What goes wrong with it is a Reason in the Response; an error ends the job.
	Get(ctx context.Context, r fetch.Request) (fetch.Response, error)

	// ParseDirectives returns the words of a robots meta that forbid use, behind their source; empty = none.
	ParseDirectives(content, source string) string
}

var _ Fetcher = (*fetch.Fetcher)(nil)

// Crawler is a crawl's rules and its fetcher. It holds no state of a crawl and is safe for concurrent use, though the
// jobs of one lane follow one another.
type Crawler struct {
	cfg     Config
	fetcher Fetcher
	policy  policy
	seeds   []string      // normalised, distinct, in the order of the spec
	parsers chan struct{} // one token for each tree of nodes in memory
}

// New checks the seeds and the scope. The fetcher may be nil for a Crawler that will not Walk.
func New(f Fetcher, cfg Config) (*Crawler, error) {
	cfg = cfg.withDefaults()
	seeds, err := normaliseSeeds(cfg.Web.Seeds)
	if err != nil {
		return nil, err
	}
	s, err := newScope(cfg.Web.Scope, seeds)
	if err != nil {
		return nil, err
	}
	return &Crawler{
		cfg: cfg, fetcher: f, policy: policy{s}, seeds: seeds,
		parsers: make(chan struct{}, cfg.Parsers),
	}, nil
}

func normaliseSeeds(raw []string) ([]string, error) {
	if len(raw) == 0 {
		return nil, fmt.Errorf("a crawl needs at least one seed")
	}
	var seeds []string
	seen := map[string]bool{}
	for i, s := range raw {
		u, err := fetch.Normalize(s)
		if err != nil {
			return nil, fmt.Errorf("seed %d, %.100q: %w", i+1, s, err)
		}
		if !seen[u] {
			seen[u] = true
			seeds = append(seeds, u)
		}
	}
	return seeds, nil
}

// Start returns what opens a crawl: the seeds, as outboxes of their lanes, and the first allotment, of epoch 1.
func (c *Crawler) Start() ([]Outbox, Allotment) {
	links := make([]schemas.Link, len(c.seeds))
	for i, s := range c.seeds {
		links[i] = schemas.Link{URL: s}
	}
	boxes := c.Route([]Finds{{Links: links}})
	var reports []Report
	for _, b := range boxes {
		reports = append(reports, Report{Lane: b.Lane, Links: int64(len(b.Links))})
	}
	return boxes, c.Allot(Allotment{Reports: reports}, nil)
}

func (c *Crawler) laneOf(url string) int { return LaneOf(fetch.HostKey(url), c.cfg.Web.Lanes) }
