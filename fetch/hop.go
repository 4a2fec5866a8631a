package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"

	"pairmill/schemas"
)

// hop is what one request and its answer came to.
type hop struct {
	Response
	sent   bool   // a request was made; without one the reason comes from what is known of the host
	target string // where a redirect leads
	pause  pause  // what the answer asks of us
}

// drop sets a hop's reason.
func (h *hop) drop(r schemas.Reason, format string, args ...any) {
	h.Body, h.Reason, h.Detail = nil, r, detail(format, args...)
}

// detail keeps messages under 1 KB, whatever a server made us quote.
func detail(format string, args ...any) string { return clip(fmt.Sprintf(format, args...), 1000) }

// send makes one request and reads its answer. ctx is the watch's.
func (f *Fetcher) send(ctx context.Context, w *watch, r Request, address string) hop {
	h := hop{Response: Response{FinalURL: address}}
	h.Requests, h.sent = 1, true
	req, err := f.request(ctx, r, address, &h.Address)
	if err != nil {
		h.drop(schemas.URLInvalid, "%s: %v", address, err)
		return h
	}
	resp, err := f.transport.RoundTrip(req)
	if err != nil {
		h.drop(requestReason(err, context.Cause(ctx)), "%s", explain(err, context.Cause(ctx), f.cfg))
		return h
	}
	defer resp.Body.Close()
	h.Status, h.Header = resp.StatusCode, resp.Header
	h.pause = askedPause(resp)
	f.judge(ctx, w, r.Kind, resp, &h)
	return h
}

func (f *Fetcher) request(ctx context.Context, r Request, address string, remote *string) (*http.Request, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	connected := func(info httptrace.GotConnInfo) { *remote = info.Conn.RemoteAddr().String() }
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: connected})
	req := (&http.Request{Method: http.MethodGet, URL: u, Host: u.Host, Header: http.Header{}}).WithContext(ctx)
	req.Header.Set("User-Agent", f.agent)
	req.Header.Set("Accept", accepts[r.Kind])
	req.Header.Set("Accept-Encoding", "gzip, deflate")
	r.Had.ask(req, address)
	return req, nil
}

// accepts prefers the formats that imaging decodes, so that a server that negotiates does not answer with another.
var accepts = map[Kind]string{
	Image:  "image/jpeg, image/png, image/webp, image/gif, image/*;q=0.5, */*;q=0.1",
	Page:   "text/html, application/xhtml+xml, */*;q=0.1",
	Robots: "text/plain, */*;q=0.5",
}

// judge decides what an answer is, cheapest signs first, and reads its body only when nothing speaks against it.
func (f *Fetcher) judge(ctx context.Context, w *watch, kind Kind, resp *http.Response, h *hop) {
	reason := statusReason(resp.StatusCode, resp.Header)
	switch {
	case resp.StatusCode == http.StatusNotModified && conditional(resp.Request):
		f.unchanged(kind, resp, h)
	case isRedirect(resp.StatusCode):
		f.redirect(resp, h)
	case challengeHeader(resp.Header):
		h.drop(schemas.ChallengePage, "status %d with a header that announces a challenge", resp.StatusCode)
	case reason != "":
		h.drop(reason, "status %d%s", resp.StatusCode, h.pause)
		f.unmask(ctx, w, resp, h)
	default:
		f.content(ctx, w, kind, resp, h)
	}
}

func (f *Fetcher) redirect(resp *http.Response, h *hop) {
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10) // a short body is read so that the connection can be used again
	location := resp.Header.Get("Location")
	if location == "" {
		h.drop(schemas.BadRedirect, "status %d without a Location", resp.StatusCode)
		return
	}
	target, err := Resolve(h.FinalURL, location)
	if err != nil {
		h.drop(schemas.BadRedirect, "redirect to %q: %v", clip(location, 200), err)
		return
	}
	h.target = target
}

// unmask looks into a refusal for the marks of a challenge.
func (f *Fetcher) unmask(ctx context.Context, w *watch, resp *http.Response, h *hop) {
	if !maybeChallenge(resp.StatusCode, resp.Header) {
		_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
		return
	}
	s := &share{gate: f.gate, buffers: &f.buffers}
	defer s.recycle()
	page, _ := (&reader{ctx, w, s}).read(resp, challengePrefix)
	if challengePage(page) {
		h.drop(schemas.ChallengePage, "status %d with a page that asks to prove to be a person", resp.StatusCode)
	}
}

// content takes an answer that should carry what was asked for.
func (f *Fetcher) content(ctx context.Context, w *watch, kind Kind, resp *http.Response, h *hop) {
	limit, setting := f.cfg.limit(kind)
	if kind != Robots {
		h.OptOut = headerOptOut(resp.Header, f.cfg.OptOutWords, f.cfg.Token)
	}
	switch media := resp.Header.Get("Content-Type"); {
	case kind == Image && h.OptOut != "":
		h.drop(schemas.OptOutHeader, "%s", h.OptOut)
	case kind == Page && media != "" && !isHTML(resp.Header):
		h.drop(schemas.ContentUnwanted, "content type %q, want HTML", clip(media, 100))
	case kind != Robots && resp.ContentLength > limit+wireSlack:
		h.drop(schemas.BodyTooLarge, "%d bytes announced, over %d (%s)", resp.ContentLength, limit, setting)
	default:
		f.body(ctx, w, kind, resp, h)
	}
}

func (f *Fetcher) body(ctx context.Context, w *watch, kind Kind, resp *http.Response, h *hop) {
	limit, setting := f.cfg.limit(kind)
	h.share = &share{gate: f.gate, buffers: &f.buffers}
	body, err := (&reader{ctx, w, h.share}).read(resp, limit)
	if kind == Robots && errors.Is(err, errTooLarge) {
		body, err = body[:bytes.LastIndexAny(body, "\r\n")+1], nil // its first part counts, without the rule that was cut
	}
	switch {
	case errors.Is(err, errTooLarge):
		h.drop(schemas.BodyTooLarge, "over %d bytes after decompression (%s)", limit, setting)
	case err != nil:
		h.drop(bodyReason(err, context.Cause(ctx)), "body: %s", explain(err, context.Cause(ctx), f.cfg))
	case len(body) == 0:
		h.drop(schemas.BodyEmpty, "status %d with an empty body", resp.StatusCode)
	case kind == Page && resp.Header.Get("Content-Type") == "" && !sniffsHTML(body):
		h.drop(schemas.ContentUnwanted, "no content type, and the body is not HTML")
	case kind == Image && isHTML(resp.Header) && challengePage(body): // some shields ask with a 200
		h.drop(schemas.ChallengePage, "status %d with a page that asks to prove to be a person", resp.StatusCode)
	default:
		h.Body = body
	}
	if h.Body == nil {
		h.Release()
	}
}

func sniffsHTML(body []byte) bool { return http.DetectContentType(body) == "text/html; charset=utf-8" }
