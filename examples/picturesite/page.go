package picturesite

import (
	"bytes"
	"embed"
	"fmt"
	"html"
	"html/template"
	"strings"
)

//go:embed page.html style.css
var static embed.FS

var layout = template.Must(template.ParseFS(static, "page.html"))

// link is a reference to another page.
type link struct{ Href, Text string }

// figure is a picture as a page shows it.
type figure struct {
	Src   string // as written in the page
	URL   string // path and query from the root of the site
	Alt   string
	NoAlt bool // no alt attribute at all
	Kind  Kind
	Note  string // shown below the picture
}

// Attr is the alt attribute, with named entities where editors of HTML like to have them.
func (f figure) Attr() template.HTMLAttr {
	if f.NoAlt {
		return ""
	}
	return template.HTMLAttr(`alt="` + entities.Replace(html.EscapeString(f.Alt)) + `"`)
}

var entities = strings.NewReplacer("é", "&eacute;", "–", "&ndash;", "“", "&ldquo;", "”", "&rdquo;", "°", "&deg;")

// page is the plan of one page.
type page struct {
	Path    string
	Title   string
	Text    []string // paragraphs
	Pager   []link
	List    []entry
	Figures []figure
	Base    string // <base href>
	Robots  string // <meta name=robots>
	nav     []link
}

// entry is one line of a list of pages.
type entry struct{ Href, Title, Text string }

// figures lists every <img> of the page, the logo in its head included. A page that opts out goes without, as it would
// speak for the logo everywhere.
func (p *page) figures() []figure {
	if p.Robots != "" {
		return p.Figures
	}
	return append([]figure{logo}, p.Figures...)
}

// hrefs lists what the page links to within the site.
func (p *page) hrefs() []string {
	var out []string
	for _, l := range append(append([]link{}, p.nav...), p.Pager...) {
		out = append(out, l.Href)
	}
	for _, e := range p.List {
		out = append(out, e.Href)
	}
	return out
}

// render writes the page as HTML.
func (p *page) render() ([]byte, error) {
	var b bytes.Buffer
	err := layout.Execute(&b, struct {
		*page
		Nav  []link
		Logo figure
	}{p, p.nav, logo})
	if err != nil {
		return nil, fmt.Errorf("render %s: %w", p.Path, err)
	}
	return b.Bytes(), nil
}

// logo stands on many pages and is one candidate.
var logo = figure{Src: "/static/logo.png", URL: "/static/logo.png", Alt: "Logo", Kind: Placeholder}
