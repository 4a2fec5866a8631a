package web

import (
	"slices"
	"strings"

	"pairmill/fetch"
)

// optOut returns the page's words that forbid the use of its pictures, of header and metas together.
func (c *Crawler) optOut(r fetch.Response, d *document) string {
	found := r.OptOut
	for _, content := range d.robots {
		found = stricter(found, c.fetcher.ParseDirectives(content, "meta robots"))
	}
	if d.tdm == "1" { // TDM Reservation Protocol, W3C community group, 2024: 1 = reserved, anything else = not
		found = stricter(found, "meta tdm-reservation: 1")
	}
	return found
}

// noFollow tells whether a page asks that its links not be followed, in a meta or in X-Robots-Tag.
func noFollow(r fetch.Response, d *document) bool {
	return slices.ContainsFunc(d.robots, saysNoFollow) || slices.ContainsFunc(r.Header.Values("X-Robots-Tag"), saysNoFollow)
}

// saysNoFollow reads one list of robots directives. "name: directive" addresses what follows, up to the next name, to
// one robot (Google's documentation of X-Robots-Tag).
func saysNoFollow(list string) bool {
	ours := true
	for word := range strings.SplitSeq(strings.ToLower(list), ",") {
		name, rest, scoped := strings.Cut(word, ":")
		if scoped {
			ours = isOurs(strings.TrimSpace(name))
			word = rest
		}
		if word = strings.TrimSpace(word); ours && (word == "nofollow" || word == "none") {
			return true
		}
	}
	return false
}

// isOurs tells whether a scope addresses us. A directive with a value looks like a scope and changes nothing: what
// follows "unavailable_after: …" is for all.
func isOurs(scope string) bool {
	switch scope {
	case fetch.Product, "robots", "*", "unavailable_after", "max-snippet", "max-image-preview", "max-video-preview":
		return true
	}
	return false
}
