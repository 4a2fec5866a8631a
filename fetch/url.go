package fetch

import (
	"errors"
	"fmt"
	"net"
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

// MaxURL is the longest URL, in bytes and normalised, that is requested or kept: what every common server takes.
const MaxURL = 2048

// maxRawURL bounds the parser's work; a fragment or dot segments may still bring a longer one under MaxURL.
const maxRawURL = 8 * MaxURL

// Normalize writes an absolute http or https URL in the one form under which it is requested, compared and hashed:
// parsed by the WHATWG URL Standard (so that "HTTP://Exämple.COM:80/a/../b c#d" is "http://xn--exmple-cua.com/b%20c"),
// without fragment and default port, with percent triplets in capitals and with a path that is valid by RFC 3986. Nothing
// else is changed: escaped letters stay escaped, and the query keeps its order. Normalizing twice changes nothing.
//
// Its errors say what is wrong: another scheme, user info, no host, over MaxURL, or not a URL at all.
func Normalize(raw string) (string, error) {
	if IsNormal(raw) {
		return raw, nil
	}
	return Resolve("", raw)
}

// Resolve is Normalize for a reference found at base, such as an href. An empty base means that ref is absolute.
func Resolve(base, ref string) (string, error) {
	if len(ref) > maxRawURL {
		return "", fmt.Errorf("%d bytes long, over %d", len(ref), maxRawURL)
	}
	parser := whatwg.NewParser(whatwg.WithPercentEncodeSinglePercentSign())
	u, err := parse(parser, base, escapeBytes(ref))
	if err != nil {
		return "", errors.New("not a URL by the WHATWG rules")
	}
	switch {
	case u.Scheme() != "http" && u.Scheme() != "https":
		return "", fmt.Errorf("scheme %q is not http or https", clip(u.Scheme(), 20))
	case u.Username() != "" || u.Password() != "":
		return "", errors.New("carries a user name or password")
	case !isHost(u.Hostname()):
		return "", fmt.Errorf("host %q is no host name", clip(u.Hostname(), 60))
	}
	normal := u.Scheme() + "://" + u.Host() + escapePath(u.Pathname()) + capitalTriplets(u.Search())
	if len(normal) > MaxURL {
		return "", fmt.Errorf("%d bytes long, over %d", len(normal), MaxURL)
	}
	return normal, nil
}

func parse(p whatwg.Parser, base, ref string) (*whatwg.Url, error) {
	if base == "" {
		return p.Parse(ref)
	}
	return p.ParseRef(base, ref)
}

// isHost tells whether host, as the WHATWG parser leaves it, can stand in DNS or is an IP address: that parser also lets
// through characters that no name has.
func isHost(host string) bool {
	name := strings.Trim(host, "[]:")
	return name != "" && len(name) <= 253 && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-._:") == ""
}

// HostKey is what a Pacer and a crawl count as one host: the lower-case name and the port, "a.test:443". url is
// normalised; for anything else the key is empty.
func HostKey(url string) string {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		return ""
	}
	host, _, _ := strings.Cut(rest, "/")
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	if scheme == "https" {
		return host + ":443"
	}
	return host + ":80"
}

// pathOf is the path and query of a normalised URL, as a request line and robots.txt want them.
func pathOf(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	_, path, _ := strings.Cut(rest, "/")
	return "/" + path
}

// escapeBytes writes bytes outside ASCII that are no UTF-8 as triplets, because an href or a Location in an old
// charset still names something on its server, and U+FFFD would not.
func escapeBytes(s string) string {
	valid := strings.ToValidUTF8(s, "")
	if valid == s {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		n := validPrefix(s)
		b.WriteString(s[:n])
		if s = s[n:]; s != "" {
			fmt.Fprintf(&b, "%%%02X", s[0])
			s = s[1:]
		}
	}
	return b.String()
}

func validPrefix(s string) int {
	for i, r := range s {
		if r == '\uFFFD' && !strings.HasPrefix(s[i:], "\uFFFD") {
			return i
		}
	}
	return len(s)
}

// escapePath escapes what the WHATWG rules leave bare in a path although RFC 3986 does not allow it there, so that
// net/url reads the path as it is written.
func escapePath(path string) string {
	const bare = "-._~!$&'()*+,;=:@/%"
	var b strings.Builder
	path = capitalTriplets(path)
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || strings.IndexByte(bare, c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// capitalTriplets writes the hexadecimal digits of percent triplets in capitals.
func capitalTriplets(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	b := []byte(s)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' && isHex(b[i+1]) && isHex(b[i+2]) {
			copy(b[i+1:i+3], strings.ToUpper(string(b[i+1:i+3])))
			i += 2
		}
	}
	return string(b)
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// clip cuts s to n bytes, at the start of a character, and shows the cut.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n-3], "") + "…"
}
