package web

import (
	"cmp"

	"pairmill/fetch"
	"pairmill/filter"
	"pairmill/schemas"
)

// take judges what a page says: which links to follow, which pictures are candidates.
func (c *Crawler) take(v *visit, r fetch.Response, d *document) {
	base := v.page.URL
	if resolved, err := fetch.Resolve(base, d.base); d.base != "" && err == nil {
		base = resolved
	}
	v.page.Language = d.lang
	v.page.OptOut = c.optOut(r, d)
	if !noFollow(r, d) {
		v.links = c.takeLinksOf(base, v.page.URL, d.refs)
	}
	c.takePictures(v, base, d)
	v.page.Links = int32(len(v.links))
	v.page.Candidates = int32(len(v.candidates))
}

func (c *Crawler) takeLinksOf(base, self string, refs []string) []string {
	var out []string
	asked, seen := map[string]bool{}, map[string]bool{self: true}
	for _, ref := range refs {
		if asked[ref] {
			continue
		}
		asked[ref] = true
		u, err := fetch.Resolve(base, ref)
		if err != nil || seen[u] {
			continue
		}
		seen[u] = true
		if c.policy.refuses(u) != "" {
			continue
		}
		if out = append(out, u); len(out) == c.cfg.MaxLinks {
			break
		}
	}
	return out
}

func (c *Crawler) takePictures(v *visit, base string, d *document) {
	license := pictureURL(base, d.license)
	seen := map[string]bool{}
	for _, p := range d.pictures {
		v.images.All++
		text := filter.CleanCaption(p.alt)
		url := pictureURL(base, p.src)
		switch {
		case !p.hasAlt:
			v.images.NoAlt++
			continue
		case text == "":
			v.images.BlankAlt++
			continue
		case url == "":
			v.images.BadURL++
			continue
		}
		id := schemas.NewID(url, text).String()
		if seen[id] || len(v.candidates) == c.cfg.MaxCandidates {
			v.images.Repeated++
			continue
		}
		seen[id] = true
		v.images.Candidates++
		v.candidates = append(v.candidates, schemas.Candidate{
			ID: id, URL: url, PageURL: v.page.URL, Depth: v.page.Depth, OptOut: v.page.OptOut, License: license,
			Captions: []schemas.Caption{{Text: text, Source: schemas.SourceAlt, Language: cmp.Or(p.lang, d.lang)}},
		})
	}
}

// pictureURL resolves a reference to something that is not a page; empty when it is not http or https, or over
// fetch.MaxURL.
func pictureURL(base, ref string) string {
	if ref == "" {
		return ""
	}
	u, err := fetch.Resolve(base, ref)
	if err != nil {
		return ""
	}
	return u
}
