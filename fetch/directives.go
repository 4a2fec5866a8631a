package fetch

import (
	"net/http"
	"slices"
	"strings"
)

// DefaultOptOutWords are the directives that forbid use: those of DeviantArt and img2dataset (noai, noimageai, noml)
// and those of search engines that keep a picture out of an index (noindex, noimageindex, none).
func DefaultOptOutWords() []string {
	return []string{"noai", "noimageai", "noindex", "noimageindex", "none", "noml"}
}

// ParseDirectives finds the words that forbid use in the value of an X-Robots-Tag header or in the content of a
// <meta name=robots>, and returns them behind their source: ParseDirectives("NoAI, follow", "meta robots") is
// "meta robots: noai". It is empty when nothing forbids.
//
// A value may be scoped to one crawler, as in "googlebot: noindex"; only an unscoped value, or one for pairmill, counts.
// A scope holds until the next one, and directives that take a value may hold colons and commas, as in
// "unavailable_after: 25 Jun 2030 15:00:00 PST, noai", whose noai is for all. The grammar is that of Google's robots
// meta tag documentation; what is ambiguous is read in the strict way.
func ParseDirectives(content, source string) (optOut string) {
	return sourced(source, forbidding(content, DefaultOptOutWords(), ""))
}

// ParseDirectives is the function of the same name with this Fetcher's OptOutWords and Token.
func (f *Fetcher) ParseDirectives(content, source string) (optOut string) {
	return sourced(source, forbidding(content, f.cfg.OptOutWords, f.cfg.Token))
}

// headerOptOut reads all X-Robots-Tag headers of an answer.
func headerOptOut(h http.Header, words []string, token string) string {
	const name = "X-Robots-Tag"
	var found []string
	for _, value := range h.Values(name) {
		for _, word := range forbidding(value, words, token) {
			if !slices.Contains(found, word) {
				found = append(found, word)
			}
		}
	}
	return sourced(name, found)
}

func sourced(source string, words []string) string {
	if len(words) == 0 {
		return ""
	}
	return source + ": " + strings.Join(words, ", ")
}

// forbidding returns the distinct words of value that forbid use, lower-case, in order. token is a further name of ours.
func forbidding(value string, words []string, token string) []string {
	var found []string
	ours := true
	for item := range strings.SplitSeq(strings.ToLower(value), ",") {
		if name, rest, ok := strings.Cut(item, ":"); ok {
			if !isDirective(firstWord(rest), words) || takesValue(strings.TrimSpace(name)) {
				continue // a value, such as a date
			}
			ours = isOurs(strings.TrimSpace(name), token)
			item = rest
		}
		for _, word := range strings.FieldsFunc(item, isGap) {
			if ours && slices.Contains(words, word) && !slices.Contains(found, word) {
				found = append(found, word)
			}
		}
	}
	return found
}

func isOurs(scope, token string) bool {
	product, _, _ := strings.Cut(scope, "/")
	token, _, _ = strings.Cut(token, "/")
	return token != "" && strings.EqualFold(product, token) || product == Product || scope == "*" || scope == "robots" || scope == ""
}

// isDirective tells a scope's "googlebot: noindex" from an unknown directive's "max-something: 3".
func isDirective(word string, words []string) bool {
	switch word {
	case "all", "index", "follow", "noindex", "nofollow", "none", "noarchive", "nocache", "nosnippet", "noimageindex",
		"notranslate", "noodp", "noydir", "indexifembedded", "nositelinkssearchbox", "noai", "noimageai", "noml":
		return true
	}
	return takesValue(word) || slices.Contains(words, word)
}

func takesValue(word string) bool {
	name, _, _ := strings.Cut(word, ":")
	return name == "unavailable_after" || strings.HasPrefix(name, "max-")
}

func firstWord(s string) string {
	words := strings.FieldsFunc(s, isGap)
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

func isGap(r rune) bool {
	return r == ' ' || r == '\t' || r == ';' || r == '\n' || r == '\r' || r == '\f'
}
