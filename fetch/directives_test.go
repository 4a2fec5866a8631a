package fetch

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestParseDirectives(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"":                     "",
		"all":                  "",
		"index, follow":        "",
		"nofollow, noarchive":  "",
		"noai":                 "noai",
		"NoAI , NOIMAGEAI":     "noai, noimageai",
		"noindex,nofollow":     "noindex",
		"noindex nofollow":     "noindex",
		"noimageindex; noai":   "noimageindex, noai",
		"none":                 "none",
		"noml":                 "noml",
		"noai, noai":           "noai",
		"noaisle":              "",
		"googlebot: noindex":   "",
		"googlebot: noai, all": "",
		"googlebot: noindex, nofollow, pairmill: noai":                    "noai",
		"googlebot: unavailable_after: 25 Jun 2030 15:00:00 PST, noindex": "",
		"pairmill: noai":        "noai",
		"PairMill/2: noai":      "noai",
		"pairmill-images: noai": "",
		"*: noai":               "noai",
		"robots: noai":          "noai",
		": noai":                "noai",
		"unavailable_after: 25 Jun 2030 15:00:00 PST":                      "",
		"unavailable_after: 25 Jun 2030 15:00:00 PST, noai":                "noai",
		"unavailable_after: Tuesday, 25-Jun-30 15:00:00 UTC, noimageindex": "noimageindex",
		"max-image-preview:none":                                           "",
		"max-image-preview: large, max-snippet: -1, noai":                  "noai",
		"max-snippet: noai":                                                "",
		"some-future-thing: 3, noai":                                       "noai",
		"noai: yes":                                                        "",
	} {
		if want != "" {
			want = "meta robots: " + want
		}
		if got := ParseDirectives(content, "meta robots"); got != want {
			t.Errorf("%q: %q, want %q", content, got, want)
		}
	}
}

func TestHeaderOptOutReadsEveryHeader(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	h.Add("X-Robots-Tag", "googlebot: noindex")
	h.Add("X-Robots-Tag", "noai")
	h.Add("x-robots-tag", "noml, noai")
	if got := headerOptOut(h, DefaultOptOutWords(), ""); got != "X-Robots-Tag: noai, noml" {
		t.Errorf("%q", got)
	}
	if got := headerOptOut(h, []string{"noml"}, ""); got != "X-Robots-Tag: noml" {
		t.Errorf("with other words %q", got)
	}
	if got := headerOptOut(h, nil, ""); got != "" {
		t.Errorf("with no words %q", got)
	}
}

// FuzzParseDirectives: what is found is in the value, unscoped "noai" items are always found, and the case is no matter.
func FuzzParseDirectives(f *testing.F) {
	f.Add("unavailable_after: 25 Jun 2030 15:00:00 PST")
	f.Add("googlebot: noindex, pairmill: noai")
	f.Add(":,:,;noml:none")
	f.Fuzz(func(t *testing.T, value string) {
		words := DefaultOptOutWords()
		found := forbidding(value, words, "")
		for _, word := range found {
			if !strings.Contains(strings.ToLower(value), word) || !slices.Contains(words, word) {
				t.Errorf("%q: found %q", value, word)
			}
		}
		if upper := forbidding(strings.ToUpper(value), words, ""); isASCII(value) && !slices.Equal(upper, found) {
			t.Errorf("%q: %q, in capitals %q", value, found, upper)
		}
		if !slices.Contains(forbidding("noai,"+value, words, ""), "noai") {
			t.Errorf("noai before %q is not found", value)
		}
	})
}

func isASCII(s string) bool { return strings.IndexFunc(s, func(r rune) bool { return r > 127 }) < 0 }
