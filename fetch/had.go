package fetch

import (
	"net/http"

	"pairmill/schemas"
)

// What a conditional request carries (RFC 9110, section 13.1). A server that knows both goes by the first.
const (
	ifNoneMatch     = "If-None-Match"
	ifModifiedSince = "If-Modified-Since"
)

// ask makes a request conditional, if it is to the URL that answered then.
func (h Had) ask(req *http.Request, url string) {
	if h.URL != url {
		return
	}
	if h.ETag != "" {
		req.Header.Set(ifNoneMatch, h.ETag)
	}
	if h.Modified != "" {
		req.Header.Set(ifModifiedSince, h.Modified)
	}
}

// conditional tells whether a request asked for no more than news.
func conditional(req *http.Request) bool {
	return req.Header.Get(ifNoneMatch) != "" || req.Header.Get(ifModifiedSince) != ""
}

// unchanged takes the word of a server that nothing has changed. An opt-out that comes with it counts, though servers may
// leave such headers out of a 304.
func (f *Fetcher) unchanged(kind Kind, resp *http.Response, h *hop) {
	h.OptOut = headerOptOut(resp.Header, f.cfg.OptOutWords, f.cfg.Token)
	if kind == Image && h.OptOut != "" {
		h.drop(schemas.OptOutHeader, "%s", h.OptOut)
		return
	}
	h.Unchanged = true
}
