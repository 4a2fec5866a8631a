package fetch

import "strings"

// plainBytes are the bytes that stay what they are in a path and in a query. A percent sign is not among them: what it
// stands before decides.
var plainBytes = func() (plain [256]bool) {
	for c := range plain {
		plain[c] = c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' ||
			c < 0x80 && strings.IndexByte("-._~!$&()*+,;=:@/", byte(c)) >= 0
	}
	return plain
}()

// IsNormal tells of most URLs in normal form that they are: when it is true, Normalize returns raw as it is. When it is
// false nothing is known. It takes some 50 ns where Normalize takes microseconds.
//
// True needs a scheme and host in small letters, the host of labels that are neither numbers at the end (they could be
// an IPv4 address) nor Punycode, no port, a path without segments that begin with a dot, and nothing anywhere that is
// ever escaped.
func IsNormal(raw string) bool {
	rest, ok := strings.CutPrefix(raw, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(raw, "http://")
	}
	slash := strings.IndexByte(rest, '/')
	if !ok || slash < 1 || len(raw) > MaxURL || !plainHost(rest[:slash]) {
		return false
	}
	query := false
	for i := slash; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == '?' && !query && i+1 < len(rest): // an empty query disappears
			query = true
		case c == '?' && !query, !plainBytes[c] && !(c == '?' && query):
			return false
		case c == '.' && rest[i-1] == '/' && !query:
			return false
		}
	}
	return true
}

// plainHost tells whether a host is labels of small letters, digits and hyphens, the last with a letter at its beginning.
func plainHost(host string) bool {
	if len(host) > 253 {
		return false
	}
	label := 0 // where it begins
	for i := 0; i <= len(host); i++ {
		if i < len(host) && host[i] != '.' {
			if c := host[i]; !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
				return false
			}
			continue
		}
		if n := i - label; n == 0 || n > 63 || n > 3 && host[label+2:label+4] == "--" || host[label] == '-' || host[i-1] == '-' {
			return false
		}
		if i < len(host) {
			label = i + 1
		}
	}
	return host[label] >= 'a' && host[label] <= 'z'
}
