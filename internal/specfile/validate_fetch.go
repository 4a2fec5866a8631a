package specfile

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"pairmill/schemas"
)

func (c *Problems) fetch(f schemas.Fetch) {
	c.contact(f.Contact)
	c.hosts(f)
	c.duration("fetch.timeout", f.Timeout, time.Millisecond, time.Hour)
	c.duration("fetch.delay", f.Delay, 0, time.Hour)
	c.whole("fetch.per_host", int64(f.PerHost), 1, 256)
	c.whole("fetch.max_bytes", int64(f.MaxBytes), 1, 1<<30)
	c.whole("fetch.max_page_bytes", int64(f.MaxPageBytes), 1, 1<<28)
	c.whole("fetch.max_redirects", int64(f.MaxRedirects), 0, 50)
	c.whole("fetch.tries", int64(f.Tries), 1, 20)
	c.duration("fetch.fresh", f.Fresh, 0, 10*365*24*time.Hour)
	c.whole("fetch.part_rows", int64(f.PartRows), 1, 1_000_000)
	c.whole("fetch.concurrency", int64(f.Concurrency), 1, 65_536)
	c.token(f.Token)
	c.optOut(f.OptOut)
}

var tokenRE = regexp.MustCompile("^[0-9A-Za-z!#$%&'*+.^_`|~-]{0,64}$") // token in RFC 9110, 5.6.2

// token is a product in the User-Agent (RFC 9110, 10.1.5), without version.
func (c *Problems) token(s string) {
	if !tokenRE.MatchString(s) {
		c.add(0, "fetch.token", "%.80q is no product token: want at most 64 letters, digits and - _ . ! # $ %% & ' * + ^ ` | ~", s)
	}
}

var directiveRE = regexp.MustCompile("^[a-z0-9][a-z0-9_-]{0,63}$")

// optOut wants words as they stand in X-Robots-Tag, which are compared in lower case. Nil is no list at all: it would be
// written as the empty one, whose meaning is the opposite of a Fetcher's default.
func (c *Problems) optOut(words []string) {
	const path = "fetch.opt_out"
	if words == nil {
		c.add(0, path, "is nil: want words, or an empty list if none shall be heard")
	}
	for i, word := range words {
		if !directiveRE.MatchString(word) {
			c.add(0, fmt.Sprintf("%s[%d]", path, i), "%.80q is no directive: want one word of a-z, 0-9, - and _, such as noai", word)
		}
	}
}

// contact stands inside a comment of the User-Agent header, whose grammar (RFC 9110, 5.6.5) gives some characters a meaning.
func (c *Problems) contact(s string) {
	bad := func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`()\";`, r) }
	if len(s) > 200 || strings.IndexFunc(s, bad) >= 0 {
		c.add(0, "fetch.contact", "%.60q: want a URL or a mail address of at most 200 ASCII characters without spaces and ( ) ; \\", s)
	}
}

func (c *Problems) hosts(f schemas.Fetch) {
	names := make([]string, 0, len(f.Hosts))
	for name := range f.Hosts {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		path := join("fetch.hosts", name)
		if bare := strings.TrimPrefix(name, "*."); bare == "" || strings.ContainsAny(bare, "*/:@ \t") || bare != strings.ToLower(bare) {
			c.add(0, path, "%q is no host: want a lower-case host name or *.suffix, without port", name)
		}
		switch addr, err := netip.ParseAddr(f.Hosts[name]); {
		case err != nil:
			c.add(0, path, "%q is no IP address", f.Hosts[name])
		case private(addr) && !f.AllowPrivate:
			c.add(0, path, "%s is a private address: set fetch.allow_private to true if it is meant", addr)
		}
	}
}

func (c *Problems) duration(path string, v schemas.Duration, low, high time.Duration) {
	if d := v.Std(); d < low || d > high {
		c.add(0, path, "%v is outside %v to %v", d, low, high)
	}
}

var (
	sharedSpace = netip.MustParsePrefix("100.64.0.0/10") // RFC 6598
	thisNetwork = netip.MustParsePrefix("0.0.0.0/8")     // RFC 1122
)

// private is an early word to the user, not the guard: that is at the dialer, where every address passes.
func private(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() ||
		sharedSpace.Contains(a) || thisNetwork.Contains(a)
}
