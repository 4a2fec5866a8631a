package web

import (
	"context"
	"net/http"
	"reflect"
	"testing"

	"pairmill/fetch"
	"pairmill/schemas"
)

// TestReadings: what comes of a page that has not changed is what came of it, at the depth at which it stands now, and an opt-out that
// comes with the news counts.
func TestReadings(t *testing.T) {
	t.Parallel()
	const self = "http://a.test/page"
	page := fetch.Response{URL: self, FinalURL: self, Status: 200, Header: http.Header{"Etag": {`"v1"`}}, Requests: 1,
		Body: []byte(`<html lang=en><a href="/other">x</a><img src="p.png" alt="a picture"><img src="q.png">`)}
	var asked fetch.Had
	answer := page
	c, err := New(answering(func(r fetch.Request) fetch.Response { asked = r.Had; return answer }), Config{Web: schemas.Web{Seeds: []string{self}}})
	if err != nil {
		t.Fatal(err)
	}
	first, err := c.visit(context.Background(), schemas.Link{URL: self, Depth: 1}, nil)
	if err != nil || first.reading == nil || first.reading.ETag != `"v1"` || asked != (fetch.Had{}) {
		t.Fatalf("%+v, %v", first, err)
	}

	answer = fetch.Response{URL: self, FinalURL: self, Status: 304, Unchanged: true, Requests: 1}
	again, err := c.visit(context.Background(), schemas.Link{URL: self, Depth: 3}, first.reading)
	if err != nil || asked != (fetch.Had{URL: self, ETag: `"v1"`}) {
		t.Fatalf("asked %+v, %v", asked, err)
	}
	if !reflect.DeepEqual(again.links, first.links) || len(again.candidates) != 1 || again.candidates[0].Depth != 3 || again.images != first.images {
		t.Errorf("%+v, then %+v", first, again)
	}
	if want := (schemas.Page{URL: self, Depth: 3, HTTPStatus: 304, Language: "en", Links: 1, Candidates: 1}); again.page != want {
		t.Errorf("page %+v, want %+v", again.page, want)
	}
	if again.reading == nil || again.reading.ETag != `"v1"` || first.candidates[0].Depth != 1 {
		t.Errorf("reading %+v of %+v", again.reading, first.candidates)
	}

	answer.OptOut = "X-Robots-Tag: noai"
	refused, err := c.visit(context.Background(), schemas.Link{URL: self}, again.reading)
	if err != nil || refused.page.OptOut != answer.OptOut || refused.candidates[0].OptOut != answer.OptOut || again.candidates[0].OptOut != "" {
		t.Errorf("%+v, %v", refused, err)
	}

	answer = page
	answer.Header = nil // nothing by which a later crawl could ask
	if v, err := c.visit(context.Background(), schemas.Link{URL: self}, nil); err != nil || v.reading != nil {
		t.Errorf("%+v, %v", v.reading, err)
	}
}

// answering is a Fetcher.
type answering func(r fetch.Request) fetch.Response

func (f answering) Get(_ context.Context, r fetch.Request) (fetch.Response, error) { return f(r), nil }

func (answering) ParseDirectives(content, source string) string {
	return fetch.ParseDirectives(content, source)
}
