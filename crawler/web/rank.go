package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"

	"pairmill/schemas"
)

// Hash is what seen sets and ranks know of a URL or of a candidate.
type Hash [16]byte

// HashURL returns the first 128 bits of a normalised URL's sha256. Among 10^10 URLs the chance that any two share one
// is below 10^-18.
func HashURL(url string) Hash {
	sum := sha256.Sum256([]byte(url))
	return Hash(sum[:16])
}

// ranked is a link with its place in the order of a crawl: by depth, then by the hash of its URL, which spreads the
// pages of one depth evenly over hosts and folders. A budget thus keeps a fair sample, not the first folder.
type ranked struct {
	hash Hash
	link schemas.Link
}

func rank(l schemas.Link) ranked { return ranked{HashURL(l.URL), l} }

func compareRanks(a, b ranked) int {
	return cmp.Or(cmp.Compare(a.link.Depth, b.link.Depth), bytes.Compare(a.hash[:], b.hash[:]))
}

// sortByRank sorts links of distinct URLs.
func sortByRank(links []schemas.Link) []schemas.Link {
	all := make([]ranked, len(links))
	for i, l := range links {
		all[i] = rank(l)
	}
	slices.SortFunc(all, compareRanks)
	for i, r := range all {
		links[i] = r.link
	}
	return links
}
