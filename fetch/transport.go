package fetch

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// Dropped is the error of Transport for a page that has no body to give: its Reason is set, or it is a redirect
// and its Location is set. net/http wraps it in *url.Error; errors.As finds it.
type Dropped struct{ Response Response }

func (d *Dropped) Error() string {
	if d.Response.Location != "" {
		return fmt.Sprintf("%s redirects to %s", d.Response.URL, d.Response.Location)
	}
	return fmt.Sprintf("%s: %s: %s", d.Response.URL, d.Response.Reason, d.Response.Detail)
}

// Capture holds the last Response that passed through Transport under one context, dropped ones included.
type Capture struct {
	mu   sync.Mutex
	last Response
}

// Response returns the last one; the zero Response when there was none.
func (c *Capture) Response() Response {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

func (c *Capture) set(r Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = r
}

type captureKey struct{}

// WithCapture returns a context for requests through Transport, and where their Responses will be found.
func WithCapture(ctx context.Context) (context.Context, *Capture) {
	c := &Capture{}
	return context.WithValue(ctx, captureKey{}, c), c
}

// Transport gives the Fetcher to a library that speaks net/http, such as colly: every request becomes Get of a Page
// without following redirects, with the same pacing, robots.txt, guard and limits. The answer's body is decoded and
// within max_page_bytes, and no header of it says otherwise. Whatever has no body is a *Dropped error, redirects
// included, so that an http.Client does not follow them by itself. The request's method, headers and body are not
// used: a library must not be able to change who we say we are. A client on top needs no timeout of its own, and one would
// count the wait for a host's turn.
func (f *Fetcher) Transport() http.RoundTripper { return transport{f} }

type transport struct{ f *Fetcher }

// RoundTrip implements http.RoundTripper.
func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		req.Body.Close() // the contract of RoundTripper
	}
	if req.Method != "" && req.Method != http.MethodGet {
		return nil, fmt.Errorf("%s %s: only GET is sent", req.Method, req.URL)
	}
	r, err := t.f.Get(req.Context(), Request{URL: req.URL.String(), Kind: Page})
	if err != nil {
		return nil, err
	}
	if c, ok := req.Context().Value(captureKey{}).(*Capture); ok {
		c.set(r)
	}
	if r.Reason != "" || r.Location != "" {
		return nil, &Dropped{r}
	}
	return answer(req, r), nil
}

func answer(req *http.Request, r Response) *http.Response {
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status)),
		StatusCode:    r.Status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        plainHeader(r.Header),
		Body:          io.NopCloser(bytes.NewReader(r.Body)),
		ContentLength: int64(len(r.Body)),
		Uncompressed:  true,
		Request:       req,
	}
}

// plainHeader leaves out what describes the body as it was on the wire.
func plainHeader(h http.Header) http.Header {
	plain := h.Clone()
	for _, name := range []string{"Content-Encoding", "Content-Length", "Transfer-Encoding"} {
		plain.Del(name)
	}
	return plain
}
