package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"pairmill/schemas"
)

func gzipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(s))
	_ = w.Close()
	return b.String()
}

// redirectTo sends every path on: to the same path, or by to.
func redirectTo(to func(path string) string) http.Handler {
	return withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", to(r.URL.Path))
		w.WriteHeader(http.StatusFound)
	})
}

func constant(s string) func(string) string { return func(string) string { return s } }

// TestChaos is the list of what servers do wrong, and the one reason each gets. All of them end within the limits; time
// is the bubble's.
func TestChaos(t *testing.T) {
	t.Parallel()
	ok := "HTTP/1.1 200 OK\r\n"
	bigHeader := ok + "X: " + strings.Repeat("x", 100_000) + "\r\n\r\n"
	for _, c := range []struct {
		name    string
		handler http.Handler
		url     string // default http://a.test/x.jpg
		reason  schemas.Reason
		detail  string
	}{
		{"404", answerWith(404, nil, "no"), "", schemas.HTTPGone, "status 404"},
		{"410", answerWith(410, nil, "no"), "", schemas.HTTPGone, "status 410"},
		{"401", answerWith(401, nil, "no"), "", schemas.HTTPForbidden, "status 401"},
		{"403", answerWith(403, nil, "no"), "", schemas.HTTPForbidden, "status 403"},
		{"405", answerWith(405, nil, ""), "", schemas.HTTPForbidden, "status 405"},
		{"406", answerWith(406, nil, ""), "", schemas.HTTPForbidden, "status 406"},
		{"451", answerWith(451, nil, ""), "", schemas.HTTPForbidden, "status 451"},
		{"418", answerWith(418, nil, ""), "", schemas.HTTPClient, "status 418"},
		{"429", answerWith(429, nil, ""), "", schemas.HTTPTooMany, "status 429"},
		{"503 with Retry-After", answerWith(503, map[string]string{"Retry-After": "1"}, ""), "", schemas.HTTPTooMany, `Retry-After "1"`},
		{"503", answerWith(503, nil, ""), "", schemas.HTTPServer, "status 503"},
		{"500", answerWith(500, nil, "oh"), "", schemas.HTTPServer, "status 500"},
		{"204", answerWith(204, nil, ""), "", schemas.HTTPStatus, "status 204"},
		{"206", answerWith(206, nil, "x"), "", schemas.HTTPStatus, "status 206"},
		{"304", answerWith(304, nil, ""), "", schemas.HTTPStatus, "status 304"},
		{"300", answerWith(300, nil, ""), "", schemas.HTTPStatus, "status 300"},
		{"999", raw("HTTP/1.1 999 Denied\r\n\r\n"), "", schemas.HTTPStatus, "status 999"},

		{"challenge header", answerWith(403, map[string]string{"Cf-Mitigated": "challenge"}, ""), "", schemas.ChallengePage, "403"},
		{"challenge header on 200", answerWith(200, map[string]string{"Cf-Mitigated": "challenge"}, "x"), "", schemas.ChallengePage, "200"},
		{"challenge page", answerWith(503, map[string]string{"Content-Type": "text/html"}, "<title>Just a moment...</title>"), "",
			schemas.ChallengePage, "prove to be a person"},
		{"challenge page, gzipped", answerWith(403, map[string]string{"Content-Type": "text/html; charset=utf-8", "Content-Encoding": "gzip"},
			gzipped("<script src=https://geo.captcha-delivery.com/c.js>")), "", schemas.ChallengePage, "403"},
		{"challenge page with 200", answerWith(200, map[string]string{"Content-Type": "text/html"},
			`<iframe src="/_Incapsula_Resource?SWUDNSAI=31">`), "", schemas.ChallengePage, "status 200 with a page"},
		{"challenge header of a WAF", answerWith(202, map[string]string{"X-Amzn-Waf-Action": "challenge"}, ""), "", schemas.ChallengePage, "202"},
		{"challenge by Akamai", answerWith(429, map[string]string{"Content-Type": "text/html"}, `<div id="sec-if-cpt-container">`), "",
			schemas.ChallengePage, "429"},
		{"plain HTML refusal", answerWith(403, map[string]string{"Content-Type": "text/html"}, "<p>no hotlinking"), "",
			schemas.HTTPForbidden, "status 403"},

		{"redirect loop", redirectTo(constant("/x.jpg")), "", schemas.TooManyRedirects, "in a circle"},
		{"endless redirects", redirectTo(func(p string) string { return p + "x" }), "", schemas.TooManyRedirects, "over 10 redirects (max_redirects)"},
		{"redirect to file", redirectTo(constant("file:///etc/passwd")), "", schemas.BadRedirect, `scheme "file"`},
		{"redirect to nonsense", redirectTo(constant("http://[")), "", schemas.BadRedirect, "not a URL"},
		{"redirect with a password", redirectTo(constant("http://joe:pw@b.test/")), "", schemas.BadRedirect, "user name"},
		{"redirect without a Location", answerWith(302, nil, ""), "", schemas.BadRedirect, "without a Location"},
		{"redirect to a long URL", redirectTo(constant("/" + strings.Repeat("x", 3000))), "", schemas.BadRedirect, "over 2048"},
		{"redirects in a wide circle", redirectTo(func(p string) string {
			return map[string]string{"/x.jpg": "http://b.test/y", "/y": "http://c.test/z", "/z": "http://a.test/x.jpg"}[p]
		}), "", schemas.TooManyRedirects, "in a circle"},
		{"redirect to a dead name", redirectTo(constant("http://b.gone/")), "", schemas.NXDomain, "look-up of b.gone"},
		{"redirect inwards", redirectTo(constant("http://127.0.0.1:22/")), "", schemas.AddressBlocked, "127.0.0.1"},
		{"redirect to metadata", redirectTo(constant("http://169.254.169.254/latest")), "", schemas.AddressBlocked, "169.254.169.254"},
		{"redirect to a mapped address", redirectTo(constant("http://[::ffff:7f00:1]/")), "", schemas.AddressBlocked, "127.0.0.1"},
		{"redirect to a decimal address", redirectTo(constant("http://2130706433/")), "", schemas.AddressBlocked, "127.0.0.1"},

		{"empty body", answerWith(200, nil, ""), "", schemas.BodyEmpty, "empty body"},
		{"empty gzip", answerWith(200, map[string]string{"Content-Encoding": "gzip"}, ""), "", schemas.BodyEmpty, ""},
		{"short body", raw(ok + "Content-Length: 100\r\n\r\nshort"), "", schemas.BodyTruncated, "unexpected EOF"},
		{"broken chunk", raw(ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\nxx"), "", schemas.BodyTruncated, "chunk length"},
		{"cut chunks", raw(ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nab"), "", schemas.BodyTruncated, "unexpected EOF"},
		{"cut gzip", answerWith(200, map[string]string{"Content-Encoding": "gzip"}, gzipped(strings.Repeat("x", 999))[:25]), "",
			schemas.BodyTruncated, "unexpected EOF"},
		{"no gzip", answerWith(200, map[string]string{"Content-Encoding": "gzip"}, "plain text it is"), "", schemas.BodyTruncated, "gzip"},
		{"twice gzip", answerWith(200, map[string]string{"Content-Encoding": "gzip, gzip"}, "x"), "", schemas.ProtocolError, "one layer"},
		{"brotli", answerWith(200, map[string]string{"Content-Encoding": "br"}, "x"), "", schemas.ProtocolError, `"br"`},
		{"announced too large", raw(ok + "Content-Length: 99999999999\r\n\r\nx"), "", schemas.BodyTooLarge, "announced, over 1000000 (max_bytes)"},
		{"longer than announced", raw(ok + "Content-Length: 3\r\n\r\nabcdef"), "", "", ""},
		{"two lengths", raw(ok + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"), "", schemas.ProtocolError, "Content-Length"},
		{"negative length", raw(ok + "Content-Length: -3\r\n\r\nabcd"), "", schemas.ProtocolError, "Content-Length"},
		{"endless chunks", drip(ok+"Transfer-Encoding: chunked\r\n\r\n", "61a80\r\n"+strings.Repeat("x", 400_000)+"\r\n"), "",
			schemas.BodyTooLarge, "over 1000000 bytes after decompression (max_bytes)"},
		{"length with an endless body", drip(ok+"Content-Length: 1500000\r\n\r\n", strings.Repeat("x", 400_000)), "",
			schemas.BodyTooLarge, "over 1000000"},
		{"gzip bomb", answerWith(200, map[string]string{"Content-Encoding": "gzip"}, string(zeros(4))), "", schemas.BodyTooLarge, "over 1000000"},
		{"deflate bomb", answerWith(200, map[string]string{"Content-Encoding": "deflate"}, deflated(string(make([]byte, 4<<20)), true)), "",
			schemas.BodyTooLarge, "over 1000000"},
		{"gzip of nothing without end", drip(ok+"Content-Encoding: gzip\r\n\r\n", strings.Repeat(gzipped(""), 20_000)), "",
			schemas.BodyTooLarge, ""},
		{"gzip with a name without end", drip(ok+"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x00", strings.Repeat("x", 9999)), "",
			schemas.BodyTruncated, "gzip"},
		{"endless body", drip(ok+"\r\n", strings.Repeat("x", 400_000)), "", schemas.BodyTooLarge, "over 1000000 bytes after decompression (max_bytes)"},

		{"silent after the request", drip("", ""), "", schemas.Timeout, "10s (header timeout)"},
		{"header by drips", drip("HTTP", "/"), "", schemas.Timeout, "10s (header timeout)"},
		{"header lines by drips", drip(ok, "X-Padding: y\r\n"), "", schemas.Timeout, "10s (header timeout)"},
		{"endless header", drip(ok, "X-Padding: "+strings.Repeat("y", 9999)+"\r\n"), "", schemas.ProtocolError, "exceeded"},
		{"endless early hints", raw(strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 9999)), "", schemas.ProtocolError, ""},
		{"early hints by drips", drip("", "HTTP/1.1 103 Early Hints\r\n\r\n"), "", schemas.Timeout, ""},
		{"chunks by drips", drip(ok+"Transfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"), "", schemas.Timeout, "(min rate)"},
		{"body by drips", drip(ok+"\r\n", "x"), "", schemas.Timeout, "under 1000 bytes per second (min rate)"},
		{"body just fast enough, for ever", drip(ok+"\r\n", strings.Repeat("x", 2000)), "", schemas.Timeout, "30s (timeout)"},

		{"closes at once", raw(""), "", schemas.ConnectError, ""},
		{"closes in the header", raw("HTTP/1.1 200 OK\r\nA:"), "", schemas.ConnectError, ""},
		{"not HTTP", raw("SSH-2.0-OpenSSH_9.6\r\n"), "", schemas.ProtocolError, "malformed HTTP"},
		{"huge header", raw(bigHeader), "", schemas.ProtocolError, "exceeded"},
		{"bad length", raw(ok + "Content-Length: many\r\n\r\n"), "", schemas.ProtocolError, "Content-Length"},

		{"no such name", answerWith(200, nil, "x"), "http://a.gone/x.jpg", schemas.NXDomain, "look-up of a.gone: no such host"},
		{"name does not resolve now", answerWith(200, nil, "x"), "http://a.broken/x.jpg", schemas.DNSError, "misbehaving"},
		{"not a URL", answerWith(200, nil, "x"), "http://a b/", schemas.URLInvalid, "not a URL"},
		{"another scheme", answerWith(200, nil, "x"), "ftp://a.test/", schemas.URLInvalid, `"ftp"`},
		{"http on the https port", answerWith(200, nil, "x"), "https://a.test/x.jpg", schemas.TLSError, ""},
		{"opt-out", answerWith(200, map[string]string{"X-Robots-Tag": "NoAI"}, "x"), "", schemas.OptOutHeader, "X-Robots-Tag: noai"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, Config{MaxBytes: 1_000_000, Tries: 2}, c.handler, func(t *testing.T, f *Fetcher) {
				url := c.url
				if url == "" {
					url = "http://a.test/x.jpg"
				}
				start := time.Now()
				r := get(t, f, url)
				expect(t, r, c.reason, c.detail)
				if took := time.Since(start); took > 2*time.Minute {
					t.Errorf("took %v", took)
				}
				if strings.Contains(r.Detail, "10.0.0.2") || strings.Contains(r.Detail, "->") {
					t.Errorf("detail %q differs from run to run", r.Detail)
				}
			})
		})
	}
}

func TestGetEndsWithItsContext(t *testing.T) {
	t.Parallel()
	reason := errors.New("enough")
	inWorld(t, Config{}, drip("", ""), func(t *testing.T, f *Fetcher) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(3*time.Second, func() { cancel(reason) })
		start := time.Now()
		if r, err := f.Get(ctx, Request{URL: "http://a.test/"}); err != reason || r.URL != "http://a.test/" {
			t.Errorf("error %v, response %+v", err, r)
		}
		if took := time.Since(start); took != 3*time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	inWorld(t, Config{PerHost: 2}, drip("", ""), func(t *testing.T, f *Fetcher) {
		ended := make(chan error)
		for _, url := range []string{"http://a.test/1", "http://a.test/2", "http://a.test/3", "http://b.test/"} {
			go func() {
				_, err := f.Get(t.Context(), Request{URL: url})
				ended <- err
			}()
		}
		time.Sleep(time.Second)
		go f.Close()
		for range 4 {
			if err := <-ended; err != ErrClosed {
				t.Errorf("error %v", err)
			}
		}
		if _, err := f.Get(t.Context(), Request{URL: "http://a.test/"}); err != ErrClosed {
			t.Errorf("after Close: %v", err)
		}
	})
}
