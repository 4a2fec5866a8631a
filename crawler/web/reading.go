package web

import (
	"cmp"
	"slices"

	"pairmill/fetch"
	"pairmill/schemas"
)

// Reading is what came of a page that was read, and what its answer said of itself: all that a later crawl needs if the site says
// that the page has not changed.
type Reading struct {
	URL      string `json:"url"`
	ETag     string `json:"etag,omitempty"`
	Modified string `json:"last_modified,omitempty"`

	Language   string              `json:"language,omitempty"`
	OptOut     string              `json:"opt_out,omitempty"`
	Links      []string            `json:"links,omitempty"`
	Candidates []schemas.Candidate `json:"candidates,omitempty"` // at the depth at which the page stood
	Images     Images              `json:"images"`
}

// SameReadings tells whether what comes of equal pages is equal in two crawls.
func SameReadings(a, b schemas.Spec) bool {
	x, y := a.Source.Web, b.Source.Web
	return x != nil && y != nil && x.Scope == y.Scope && slices.Equal(x.Seeds, y.Seeds) &&
		a.Fetch.Token == b.Fetch.Token && slices.Equal(a.Fetch.OptOut, b.Fetch.OptOut)
}

// Planned are the pages that the lane's next walk plans.
func (c *Crawler) Planned(s State) []string {
	batch, _ := c.plan(s)
	urls := make([]string, len(batch))
	for i, l := range batch {
		urls[i] = l.URL
	}
	return urls
}

func (r *Reading) had() fetch.Had {
	if r == nil {
		return fetch.Had{}
	}
	return fetch.Had{URL: r.URL, ETag: r.ETag, Modified: r.Modified}
}

// note keeps what came of a page, if its answer says of itself what it takes to ask whether it has changed.
func (v *visit) note(r fetch.Response) {
	etag, modified := r.Header.Get("ETag"), r.Header.Get("Last-Modified")
	if etag == "" && modified == "" {
		return
	}
	v.reading = &Reading{
		URL: v.page.URL, ETag: etag, Modified: modified, Language: v.page.Language, OptOut: v.page.OptOut, Links: v.links,
		Candidates: v.candidates, Images: v.images,
	}
}

// recall does what take does, for a page that has not changed. An opt-out that comes with that answer counts.
func (v *visit) recall(r fetch.Response, was *Reading) {
	now := *was
	now.ETag, now.Modified = cmp.Or(r.Header.Get("ETag"), was.ETag), cmp.Or(r.Header.Get("Last-Modified"), was.Modified)
	now.OptOut = stricter(r.OptOut, was.OptOut)
	now.Candidates = slices.Clone(was.Candidates)
	for i := range now.Candidates {
		now.Candidates[i].Depth, now.Candidates[i].OptOut = v.page.Depth, now.OptOut
	}
	v.reading, v.links, v.candidates, v.images = &now, now.Links, now.Candidates, now.Images
	v.page.Language, v.page.OptOut = now.Language, now.OptOut
	v.page.Links, v.page.Candidates = int32(len(v.links)), int32(len(v.candidates))
}
