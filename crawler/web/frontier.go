package web

import (
	"maps"
	"slices"

	"pairmill/fetch"
	"pairmill/schemas"
)

// frontier is a lane's links while a job changes them: one per URL, the best way to it.
type frontier struct {
	links map[string]schemas.Link
}

func newFrontier(links []schemas.Link) *frontier {
	f := &frontier{make(map[string]schemas.Link, len(links))}
	for _, l := range links {
		f.links[l.URL] = l
	}
	return f
}

// add takes a link in unless a better way to its URL already waits.
func (f *frontier) add(l schemas.Link) {
	if old, ok := f.links[l.URL]; !ok || compareWays(l, old) < 0 {
		f.links[l.URL] = l
	}
}

// cut returns the links that the budgets can still use, in rank order: of each host at most what max_pages_per_host
// leaves, and of all at most s.Budget. A link that is cut here is behind enough others that it could never be
// planned; it is not remembered, so that a shorter way may bring it back.
func (c *Crawler) cut(f *frontier, s State) []schemas.Link {
	sorted := sortByRank(slices.Collect(maps.Values(f.links)))
	perHost := c.cfg.Web.MaxPagesPerHost
	used := maps.Clone(s.Hosts)
	kept := make([]schemas.Link, 0, min(int64(len(sorted)), max(s.Budget, 0)))
	for _, l := range sorted {
		if int64(len(kept)) >= s.Budget {
			break
		}
		if perHost > 0 {
			host := fetch.HostKey(l.URL)
			if used[host] >= perHost {
				continue
			}
			if used == nil {
				used = map[string]int64{}
			}
			used[host]++
		}
		kept = append(kept, l)
	}
	return kept
}
