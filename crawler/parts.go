package crawler

import (
	"pairmill/fetch"
	"pairmill/schemas"
)

// Parts cuts candidates, which come sorted by host, into parts of at most limit rows. A host with at least half a
// part's rows gets parts of its own, so that its pace holds up nobody else; smaller hosts share.
func Parts(candidates []schemas.Candidate, limit int) [][]schemas.Candidate {
	var parts [][]schemas.Candidate
	var shared []schemas.Candidate
	flush := func() {
		if len(shared) > 0 {
			parts = append(parts, shared)
		}
		shared = nil
	}
	for len(candidates) > 0 {
		n := hostRows(candidates)
		rows := candidates[:n]
		candidates = candidates[n:]
		if 2*n >= limit {
			for len(rows) > 0 {
				k := min(len(rows), limit)
				parts = append(parts, rows[:k:k])
				rows = rows[k:]
			}
			continue
		}
		if len(shared)+n > limit {
			flush()
		}
		shared = append(shared, rows...)
	}
	flush()
	return parts
}

// hostRows counts the leading candidates of one host.
func hostRows(candidates []schemas.Candidate) int {
	host := fetch.HostKey(candidates[0].URL)
	for i, c := range candidates {
		if fetch.HostKey(c.URL) != host {
			return i
		}
	}
	return len(candidates)
}
