package web

import (
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"pairmill/fetch"
)

// document is what a page says that a crawl cares for, as it stands there: nothing is resolved, cleaned or judged.
type document struct {
	lang     string    // the page's language: of <html>, else of <meta http-equiv=content-language>
	base     string    // first <base href>
	refs     []string  // in document order, without those marked nofollow
	pictures []picture // every <img>, in document order
	robots   []string  // contents of <meta name=robots> and <meta name=pairmill>
	tdm      string    // content of <meta name=tdm-reservation>
	license  string    // first rel=license
	err      error     // nested too deep

	mark string // of tame
}

type picture struct {
	src, alt, lang string
	hasAlt         bool
}

// readDocument reads the tree of a tamed page in document order. Recursion is bounded by the parser's 512 open elements.
func readDocument(root *html.Node, mark string) *document {
	d := &document{mark: mark}
	d.read(root, "")
	return d
}

// read takes n and what is below it; lang is the language that n inherits.
func (d *document) read(n *html.Node, lang string) {
	if n.Type == html.ElementNode && n.Namespace == "" {
		if own := d.language(n); own != "" {
			lang = own
		}
		switch n.Data {
		case "template": // not part of the page until a script uses it
			return
		case "noscript":
			d.noscript(n, lang)
			return
		default:
			d.element(n, lang)
		}
	}
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		d.read(child, lang)
	}
}

// noscript reads what a reader without scripts sees, and we are one: pictures that scripts load late are often
// written out here. The parser leaves it as text.
func (d *document) noscript(n *html.Node, lang string) {
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		if child.Type != html.TextNode {
			d.read(child, lang)
			continue
		}
		parts, err := html.ParseFragmentWithOptions(strings.NewReader(child.Data),
			&html.Node{Type: html.ElementNode, DataAtom: atom.Div, Data: "div"}, html.ParseOptionEnableScripting(false))
		if err != nil {
			d.err = fmt.Errorf("noscript: %w", err)
		}
		for _, part := range parts {
			d.read(part, lang)
		}
	}
}

func (d *document) element(n *html.Node, lang string) {
	switch n.Data {
	case "html":
		d.lang = lang
	case "base":
		setFirst(&d.base, d.attr(n, "href"))
	case "meta":
		d.meta(n)
	case "a", "area", "link":
		d.link(n)
	case "iframe", "frame":
		d.ref(d.attr(n, "src"))
	case "img":
		alt, hasAlt := d.lookup(n, "alt")
		d.pictures = append(d.pictures, picture{src: d.attr(n, "src"), alt: alt, lang: lang, hasAlt: hasAlt})
	}
}

func (d *document) meta(n *html.Node) {
	content := d.attr(n, "content")
	switch strings.ToLower(d.attr(n, "name")) {
	case "robots", fetch.Product:
		d.robots = append(d.robots, content)
	case "tdm-reservation":
		setFirst(&d.tdm, content)
	}
	switch strings.ToLower(d.attr(n, "http-equiv")) {
	case "content-language":
		if d.lang == "" {
			d.lang = cleanLanguage(content)
		}
	case "refresh":
		d.ref(refreshTarget(content))
	}
}

// link reads <a>, <area> and <link>. Of <link> only rel=next leads to a page that a reader would turn to.
func (d *document) link(n *html.Node) {
	rel := strings.Fields(strings.ToLower(d.attr(n, "rel")))
	href := d.attr(n, "href")
	if slices.Contains(rel, "license") {
		setFirst(&d.license, href)
	}
	if slices.Contains(rel, "nofollow") || n.Data == "link" && !slices.Contains(rel, "next") {
		return
	}
	d.ref(href)
}

func (d *document) ref(href string) {
	if href != "" {
		d.refs = append(d.refs, href)
	}
}

// refreshTarget returns the URL of "5; url=next.html"; empty when the page only reloads itself.
func refreshTarget(content string) string {
	at := strings.IndexAny(content, ";,")
	if at < 0 {
		return ""
	}
	key, value, ok := strings.Cut(content[at+1:], "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(key), "url") {
		return ""
	}
	return strings.Trim(strings.TrimSpace(value), `"'`)
}

// language returns the language that an element declares.
func (d *document) language(n *html.Node) string {
	if lang := cleanLanguage(d.attr(n, "lang")); lang != "" {
		return lang
	}
	return cleanLanguage(d.attr(n, "xml:lang"))
}

// cleanLanguage returns s if it has the form of a BCP 47 tag (RFC 5646 allows 35 characters for all but private ones).
func cleanLanguage(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 35 || strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return ""
	}
	return s
}

func (d *document) attr(n *html.Node, key string) string {
	value, _ := d.lookup(n, key)
	return strings.TrimSpace(value)
}

func (d *document) lookup(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key && a.Namespace == "" {
			return untame(a.Val, d.mark), true
		}
	}
	return "", false
}

func setFirst(field *string, value string) {
	if *field == "" {
		*field = value
	}
}
