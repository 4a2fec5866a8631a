package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"syscall"
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
		{"plain HTML refusal", answerWith(403, map[string]string{"Content-Type": "text/html"}, "<p>no hotlinking"), "",
			schemas.HTTPForbidden, "status 403"},

		{"redirect loop", redirectTo(constant("/x.jpg")), "", schemas.TooManyRedirects, "in a circle"},
		{"endless redirects", redirectTo(func(p string) string { return p + "x" }), "", schemas.TooManyRedirects, "over 10 redirects (max_redirects)"},
		{"redirect to file", redirectTo(constant("file:///etc/passwd")), "", schemas.BadRedirect, `scheme "file"`},
		{"redirect to nonsense", redirectTo(constant("http://[")), "", schemas.BadRedirect, "not a URL"},
		{"redirect with a password", redirectTo(constant("http://joe:pw@b.test/")), "", schemas.BadRedirect, "user name"},
		{"redirect without a Location", answerWith(302, nil, ""), "", schemas.BadRedirect, "without a Location"},
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
		{"endless body", drip(ok+"\r\n", strings.Repeat("x", 400_000)), "", schemas.BodyTooLarge, "over 1000000 bytes after decompression (max_bytes)"},

		{"silent after the request", drip("", ""), "", schemas.Timeout, "10s (header timeout)"},
		{"header by drips", drip("HTTP", "/"), "", schemas.Timeout, "10s (header timeout)"},
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

// What real sockets do that pipes do not: a reset, a refused connection.
func TestSocketFaults(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead.Close()
	server := &http.Server{Handler: withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		if r.URL.Path == "/body.jpg" {
			_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"))
		}
		_ = conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { server.Close() })
	f, err := New(Config{AllowPrivate: true, Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	base := "http://" + listener.Addr().String()
	expect(t, get(t, f, base+"/header.jpg"), schemas.ConnectError, "connection reset")
	expect(t, get(t, f, base+"/body.jpg"), schemas.BodyTruncated, "")
	expect(t, get(t, f, "http://"+dead.Addr().String()+"/"), schemas.ConnectError, syscall.ECONNREFUSED.Error())
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
