package robots

import (
	"strings"
	"testing"

	"github.com/jimsmart/grobotstxt"
)

// FuzzParse feeds anything to the parser, and compares its verdict with Google's as ported to Go. The two may differ
// only where the package comment says so, and then only in the strict direction.
func FuzzParse(f *testing.F) {
	for _, v := range vectors() {
		f.Add(v.text, strings.Fields(v.allowed + " " + v.refused)[0])
	}
	f.Add("\xEF\xBBuser-agent:pairmill\rdisallow:/%7e%", "/~%7E?%zz")
	f.Fuzz(func(t *testing.T, text, path string) {
		if !strings.HasPrefix(path, "/") || strings.Contains(path, "#") || !plain(path) || !settled(text) {
			Parse([]byte(text), "pairmill").Allowed(path)
			return
		}
		got, line := Parse([]byte(text), "pairmill").Allowed(path)
		want := grobotstxt.AgentAllowed(text, "pairmill", "http://a.test"+path) || path == "/robots.txt"
		if got == want || want && strings.Contains(text+path, "%") {
			return
		}
		t.Errorf("%q, %q: allowed %v by %q, the oracle says %v", text, path, got, line, want)
	})
}

// plain tells whether net/url, which the oracle puts every URL through, leaves the path as it is.
func plain(path string) bool {
	return strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/.-_~?=&*$") == "" &&
		!strings.HasPrefix(path, "//")
}

// settled leaves out texts on which the oracle departs from Google's parser: it takes any character of RFC 9110's
// token for part of a product token, and white space and letter case beyond ASCII; and it panics on a line of exotic
// white space.
func settled(text string) bool {
	for _, r := range text {
		if r >= 0x80 || r < 0x20 && r != '\n' && r != '\r' && r != '\t' {
			return false
		}
	}
	for line := range lines(text) {
		key, value, ok := split(line)
		if ok && field(key) == "user-agent" && strings.Trim(value[min(len(Token(value)), len(value)):], " ") != "" {
			return strings.HasPrefix(value, "*")
		}
	}
	return true
}
