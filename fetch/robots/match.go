package robots

import (
	"strings"
	"time"
)

// rule is one Allow or Disallow line.
type rule struct {
	allow   bool
	pattern string // escaped as URLs are
	decoded string // with unreserved characters unescaped; equal to pattern for nearly every rule
}

func newRule(allow bool, value string) rule {
	pattern := escape(value)
	return rule{allow, pattern, decodeUnreserved(pattern)}
}

// Allowed tells whether path may be requested, and the line that decided: "Disallow: /private", or empty when no line
// matches. path is a URL's path with its query, percent-encoded, starting with a slash; /robots.txt is always allowed.
//
// The longest matching pattern wins, and Allow wins a tie.
func (r *Rules) Allowed(path string) (allowed bool, line string) {
	if path == "/robots.txt" {
		return true, ""
	}
	allowed, line = r.decide(path)
	if allowed && r.also != nil {
		if ok, its := r.also.Allowed(path); !ok || line == "" {
			return ok, its
		}
	}
	return allowed, line
}

// And returns rules that allow what both r and other allow, and ask for the longer delay: for a crawler that answers to
// two names.
func (r *Rules) And(other *Rules) *Rules {
	both := *r
	both.also = other
	both.delay = max(r.delay, other.delay)
	both.cost += other.cost
	return &both
}

func (r *Rules) decide(path string) (allowed bool, line string) {
	path = escape(path)
	decoded := decodeUnreserved(path)
	var best *rule
	longest := 0
	for i := range r.rules {
		c := &r.rules[i]
		n := c.match(path, decoded)
		if n > longest || n == longest && n > 0 && c.allow {
			best, longest = c, n
		}
	}
	if best == nil {
		return true, ""
	}
	return best.allow, best.String()
}

// CrawlDelay is the wait between two requests that the file asks for; 0 = none. It is no part of RFC 9309.
func (r *Rules) CrawlDelay() time.Duration { return r.delay }

// Cost is about how many bytes of memory the rules hold.
func (r *Rules) Cost() int { return r.cost }

func (r *Rules) sized() *Rules {
	const perRule = 48 // two string headers and a flag
	r.cost = 64
	for _, c := range r.rules {
		r.cost += perRule + len(c.pattern)
		if c.decoded != c.pattern {
			r.cost += len(c.decoded)
		}
	}
	return r
}

func (c *rule) String() string {
	if c.allow {
		return "Allow: " + c.pattern
	}
	return "Disallow: " + c.pattern
}

// match returns the rule's length where it matches, else 0.
func (c *rule) match(path, decoded string) int {
	if matches(path, c.pattern) {
		return len(c.pattern)
	}
	if c.allow {
		return c.matchIndex(path)
	}
	if (path != decoded || c.pattern != c.decoded) && matches(decoded, c.decoded) {
		return len(c.pattern)
	}
	return 0
}

// matchIndex reads "Allow: /folder/index.html" as also allowing exactly "/folder/", as Google's parser does.
func (c *rule) matchIndex(path string) int {
	slash := strings.LastIndexByte(c.pattern, '/')
	if slash < 0 || !strings.HasPrefix(c.pattern[slash+1:], "index.htm") {
		return 0
	}
	folder := c.pattern[:slash+1] + "$"
	if !matches(path, folder) {
		return 0
	}
	return len(folder)
}

// matches tells whether pattern matches the beginning of path, or all of it when pattern ends in "$". Each piece
// between two stars is taken at its leftmost place, which is enough because a star may stand for anything: the cost is
// one pass over path, however many stars there are.
func matches(path, pattern string) bool {
	pattern, whole := strings.CutSuffix(pattern, "$")
	first, rest, starred := strings.Cut(pattern, "*")
	path, ok := strings.CutPrefix(path, first)
	if !ok {
		return false
	}
	for starred {
		var piece string
		piece, rest, starred = strings.Cut(rest, "*")
		if whole && !starred {
			return strings.HasSuffix(path, piece)
		}
		at := strings.Index(path, piece)
		if at < 0 {
			return false
		}
		path = path[at+len(piece):]
	}
	return !whole || path == ""
}
