package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/gocolly/colly/v2"

	"pairmill/fetch"
	"pairmill/schemas"
)

// read fetches one page and reads it into a document. What goes wrong with the page is the Response's Reason; the
// document is nil then, for a redirect, and where the page is what it was.
//
// The page is one synchronous Visit of a colly collector that is made for it and thrown away, so that none of colly's
// growing state (visited set, robots cache, cookies, queues) exists. IgnoreRobotsTxt keeps its default of true:
// robots.txt is the fetcher's, on every request and by RFC 9309, and colly's own parser reads files otherwise.
func (c *Crawler) read(ctx context.Context, page string, had fetch.Had) (fetch.Response, *document, error) {
	t := &transport{ctx: ctx, fetcher: c.fetcher, page: page, had: had, parsers: c.parsers}
	defer t.release()
	var doc *document
	var failed error
	collector := newCollector(ctx, t)
	collector.OnHTML("html", func(e *colly.HTMLElement) { doc = readDocument(e.DOM.Nodes[0], t.mark) })
	// A tree that cannot be built is reported here only: what Visit returns is overwritten by colly's XML step.
	collector.OnError(func(_ *colly.Response, err error) { failed = err })
	refused := collector.Visit(page)
	switch {
	case t.err != nil:
		return t.response, nil, t.err
	case !t.asked && ctx.Err() != nil:
		return t.response, nil, ctx.Err()
	case !t.asked:
		t.drop(schemas.URLInvalid, refused)
	case t.response.Reason != "" || t.response.Location != "" || t.response.Unchanged:
	case doc == nil:
		t.drop(unreadable(failed), failed)
	case doc.err != nil:
		t.drop(unreadable(doc.err), doc.err)
	default:
		return t.response, doc, nil
	}
	return t.response, nil, nil
}

// newCollector makes a collector without what NewCollector adds: settings from the environment (COLLY_CACHE_DIR and
// others), which could change what a crawl finds.
func newCollector(ctx context.Context, t http.RoundTripper) *colly.Collector {
	c := &colly.Collector{}
	c.Init()
	c.Context = ctx
	c.MaxBodySize = 0 // the fetcher's limit holds, and refuses instead of cutting
	c.WithTransport(t)
	c.SetRequestTimeout(0) // so does its timeout, which leaves out the wait for the host's turn
	c.DisableCookies()
	return c
}

// unreadable names the reason for a tree that was not built. x/net/html refuses more than 512 open elements, in
// words only.
func unreadable(err error) schemas.Reason {
	if err != nil && strings.Contains(err.Error(), "512") {
		return schemas.HTMLTooDeep
	}
	return schemas.ContentUnwanted
}

// errNoBody tells colly that there is nothing to parse.
var errNoBody = errors.New("no body to parse")

// transport gives colly the fetcher's answer to one request, as UTF-8 and tamed. It asks for the planned URL, whatever colly made
// of it (it rewrites a bare percent sign), and answers 200 whatever the fetcher took for success (colly takes 203 to
// 299 for errors).
type transport struct {
	ctx     context.Context
	fetcher Fetcher
	page    string
	had     fetch.Had
	parsers chan struct{}

	asked    bool
	parsing  bool
	mark     string // of tame
	response fetch.Response
	err      error
}

// RoundTrip implements http.RoundTripper. On return of a body it holds a token of parsers until release.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	t.asked = true
	t.response, t.err = t.fetcher.Get(t.ctx, fetch.Request{URL: t.page, Kind: fetch.Page, Had: t.had})
	switch {
	case t.err != nil:
		return nil, t.err
	case t.response.Reason != "" || t.response.Location != "" || t.response.Unchanged:
		return nil, errNoBody
	}
	select {
	case t.parsers <- struct{}{}:
		t.parsing = true
	case <-t.ctx.Done():
		t.err = t.ctx.Err()
		return nil, t.err
	}
	text, mark := tame(toUTF8(t.response.Body, t.response.Header.Get("Content-Type")))
	t.mark = mark
	return &http.Response{
		StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req, Uncompressed: true,
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body:   io.NopCloser(bytes.NewReader(text)), ContentLength: int64(len(text)),
	}, nil
}

func (t *transport) release() {
	if t.parsing {
		<-t.parsers
	}
}

func (t *transport) drop(reason schemas.Reason, why error) {
	t.response.Reason = reason
	if why != nil {
		t.response.Detail = why.Error()
	}
}
