package fetch

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"pairmill/schemas"
)

func TestUserAgentNamesTheToken(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]Config{
		"pairmill/dev":                                       {},
		"pairmill/2 (+https://us.test)":                      {Version: "2", Contact: "https://us.test"},
		"pairmill/dev (compatible; ourbot)":                  {Token: "ourbot"},
		"pairmill/dev (compatible; Our-Bot/1.0; +a@us.test)": {Token: "Our-Bot/1.0", Contact: "a@us.test"},
	} {
		if got := c.UserAgent(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, bad := range []string{"our bot", "a;b", "a)", "a\r\nX: y", "bötchen"} {
		if _, err := New(Config{Token: bad}); err == nil || !strings.Contains(err.Error(), "token") {
			t.Errorf("%q: error %v", bad, err)
		}
	}
}

// With a token a site may address us by either name: what is forbidden to one of the two is not requested.
func TestTokenIsAddressed(t *testing.T) {
	t.Parallel()
	const named = "user-agent: pairmill\ndisallow: /p\n\nuser-agent: ourbot\ndisallow: /o\ncrawl-delay: 3\n\nuser-agent: *\ndisallow: /s"
	for _, c := range []struct {
		token, robots, header, path string
		want                        schemas.Reason
		detail                      string
	}{
		{"", named, "", "/p", schemas.RobotsDisallowed, "Disallow: /p"},
		{"", named, "", "/o", "", ""},
		{"ourbot", named, "", "/p", schemas.RobotsDisallowed, "Disallow: /p"},
		{"OurBot/1.0", named, "", "/o", schemas.RobotsDisallowed, "Disallow: /o"},
		{"ourbot", named, "", "/s", "", ""},
		{"otherbot", named, "", "/s", schemas.RobotsDisallowed, "Disallow: /s"}, // its group is that of "*"
		{"123", named, "", "/o", "", ""},
		{"", "", "ourbot: noai", "/x", "", ""},
		{"ourbot", "", "ourbot: noai", "/x", schemas.OptOutHeader, "X-Robots-Tag: noai"},
		{"OurBot/1.0", "", "ourbot: noai", "/x", schemas.OptOutHeader, "X-Robots-Tag: noai"},
		{"ourbot", "", "pairmill: noindex", "/x", schemas.OptOutHeader, "X-Robots-Tag: noindex"},
		{"ourbot", "", "ourbots: noai", "/x", "", ""},
	} {
		handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/robots.txt" {
				_, _ = io.WriteString(w, c.robots)
				return
			}
			w.Header().Set("X-Robots-Tag", c.header)
			_, _ = io.WriteString(w, "x")
		})
		inWorld(t, Config{Token: c.token}, handler, func(t *testing.T, f *Fetcher) {
			expect(t, get(t, f, "http://a.test"+c.path), c.want, c.detail)
			if r := get(t, f, "http://a.test/z"); strings.EqualFold(c.token, "ourbot") && c.robots != "" && r.Waited.Seconds() != 3 {
				t.Errorf("the token's crawl-delay: waited %v", r.Waited)
			}
			if got := f.ParseDirectives(c.header, "meta robots") != ""; got != (c.want == schemas.OptOutHeader) {
				t.Errorf("%q forbids in a page: %v", c.header, got)
			}
		})
	}
}
