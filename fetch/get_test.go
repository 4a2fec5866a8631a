package fetch

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"pairmill/schemas"
)

func deflated(s string, wrapped bool) string {
	var b bytes.Buffer
	var w io.WriteCloser = zlib.NewWriter(&b)
	if !wrapped {
		w, _ = flate.NewWriter(&b, 5)
	}
	_, _ = io.WriteString(w, s)
	_ = w.Close()
	return b.String()
}

func TestGetDeliversBodies(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789", 30_000)
	for name, c := range map[string]struct{ encoding, sent, want string }{
		"plain":         {"", "pixels", "pixels"},
		"identity":      {"identity", "pixels", "pixels"},
		"gzip":          {"gzip", gzipped(long), long},
		"x-gzip":        {"X-GZIP", gzipped("a") + gzipped("b"), "ab"},
		"zlib":          {"deflate", deflated(long, true), long},
		"bare deflate":  {"deflate", deflated(long, false), long},
		"exactly limit": {"", long, long},
	} {
		t.Run(name, func(t *testing.T) {
			header := map[string]string{"Content-Encoding": c.encoding, "Content-Type": "text/html"}
			inWorld(t, Config{MaxBytes: 300_000}, answerWith(200, header, c.sent), func(t *testing.T, f *Fetcher) {
				r := get(t, f, "HTTP://A.test:80/x.jpg#f")
				if string(r.Body) != c.want || r.Reason != "" {
					t.Errorf("%d bytes, reason %q %q", len(r.Body), r.Reason, r.Detail)
				}
				if r.URL != "http://a.test/x.jpg" || r.FinalURL != r.URL || r.Status != 200 || r.Requests != 1 || r.Redirects != 0 || r.Address == "" {
					t.Errorf("%+v", r)
				}
			})
		})
	}
}

func TestLimitsCountDecodedBytes(t *testing.T) {
	t.Parallel()
	body := strings.Repeat("x", 1001)
	for _, c := range []struct {
		kind   Kind
		config Config
		detail string
	}{
		{Image, Config{MaxBytes: 1000}, "over 1000 bytes after decompression (max_bytes)"},
		{Page, Config{MaxPageBytes: 1000}, "over 1000 bytes after decompression (max_page_bytes)"},
	} {
		for _, encoding := range []string{"", "gzip"} {
			sent := body
			if encoding != "" {
				sent = gzipped(body)
			}
			header := map[string]string{"Content-Encoding": encoding, "Content-Type": "text/html"}
			inWorld(t, c.config, answerWith(200, header, sent), func(t *testing.T, f *Fetcher) {
				expect(t, getAs(t, f, Request{URL: "http://a.test/", Kind: c.kind}), schemas.BodyTooLarge, c.detail)
			})
		}
	}
}

func TestRequestsAreHonest(t *testing.T) {
	t.Parallel()
	var header http.Header
	handler := withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		header = r.Header.Clone()
		http.SetCookie(w, &http.Cookie{Name: "id", Value: "7"})
		_, _ = io.WriteString(w, "x")
	})
	inWorld(t, Config{Version: "1.2", Contact: "https://us.test/bot"}, handler, func(t *testing.T, f *Fetcher) {
		get(t, f, "http://a.test/1.jpg")
		get(t, f, "http://a.test/2.jpg")
		if got := header.Get("User-Agent"); got != "pairmill/1.2 (+https://us.test/bot)" {
			t.Errorf("user agent %q", got)
		}
		if header.Get("Cookie") != "" || header.Get("Referer") != "" || header.Get("Accept-Encoding") != "gzip, deflate" {
			t.Errorf("header %v", header)
		}
	})
	if got := (Config{}).UserAgent(); got != "pairmill/dev" {
		t.Errorf("without a contact %q", got)
	}
}

// script answers the n-th request of each path, robots.txt apart, with its n-th line; the last one stays.
type script map[string][]string

func (s script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	lines := s[r.URL.Path]
	if len(lines) == 0 {
		http.NotFound(w, r)
		return
	}
	if len(lines) > 1 {
		s[r.URL.Path] = lines[1:]
	}
	status, rest, _ := strings.Cut(lines[0], " ")
	code, _ := strconv.Atoi(status)
	switch {
	case code/100 == 3:
		w.Header().Set("Location", rest)
	case code == 429 || code == 503:
		if rest != "" {
			w.Header().Set("Retry-After", rest)
		}
	}
	w.WriteHeader(code)
	if code == 200 {
		_, _ = io.WriteString(w, rest)
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		lines    []string
		reason   schemas.Reason
		requests int
		min, max time.Duration // waited
	}{
		{"at once", []string{"200 x"}, "", 1, 0, 0},
		{"after a 500", []string{"500", "200 x"}, "", 2, time.Second / 2, 3 * time.Second / 2},
		{"after two", []string{"500", "502", "200 x"}, "", 3, 3 * time.Second / 2, 9 * time.Second / 2},
		{"not after three", []string{"500"}, schemas.HTTPServer, 3, 3 * time.Second / 2, 9 * time.Second / 2},
		{"404 is final", []string{"404", "200 x"}, schemas.HTTPGone, 1, 0, 0},
		{"403 is final", []string{"403", "200 x"}, schemas.HTTPForbidden, 1, 0, 0},
		{"Retry-After in seconds", []string{"429 40", "200 x"}, "", 2, 40 * time.Second, 40 * time.Second},
		{"Retry-After on a 503", []string{"503 7", "200 x"}, "", 2, 7 * time.Second, 7 * time.Second},
		{"Retry-After too long", []string{"429 3600", "200 x"}, schemas.HTTPTooMany, 1, 0, 0},
		{"Retry-After in the past", []string{"503 Fri, 01 Jan 1999 15:04:05 GMT", "200 x"}, "", 2, time.Second / 2, 3 * time.Second / 2},
		{"through a redirect", []string{"302 /other", "302 /other"}, "", 4, time.Second / 2, 3 * time.Second / 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			inWorld(t, Config{}, script{"/x": c.lines, "/other": {"500", "200 y"}}, func(t *testing.T, f *Fetcher) {
				r := get(t, f, "http://a.test/x")
				if r.Reason != c.reason || r.Requests != c.requests || r.Waited < c.min || r.Waited > c.max {
					t.Errorf("reason %q, %d requests, waited %v; want %q, %d, %v to %v", r.Reason, r.Requests, r.Waited,
						c.reason, c.requests, c.min, c.max)
				}
			})
		})
	}
}

// What one request is told, all requests to that host obey; other hosts do not notice.
func TestRetryAfterHoldsTheWholeHost(t *testing.T) {
	t.Parallel()
	inWorld(t, Config{Tries: 1}, script{"/busy": {"429 60"}, "/x": {"200 x"}}, func(t *testing.T, f *Fetcher) {
		get(t, f, "http://b.test/x")
		expect(t, get(t, f, "http://a.test/busy"), schemas.HTTPTooMany, `Retry-After "60"`)
		if r := get(t, f, "http://b.test/x"); r.Waited != 0 {
			t.Errorf("another host waited %v", r.Waited)
		}
		if r := get(t, f, "http://a.test/x"); r.Waited != time.Minute || r.Reason != "" {
			t.Errorf("the host waited %v, %q", r.Waited, r.Reason)
		}
	})
}

func TestRetryAfterForms(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "90": 90 * time.Second, "-5": 0, "soon": 0, "1.5": 0, "99999999999999999999": 0,
		"Fri, 02 Jan 2026 03:05:05 GMT": time.Minute, "Fri, 02 Jan 2026 03:03:05 GMT": 0,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func TestBackOffGrowsToItsLimit(t *testing.T) {
	t.Parallel()
	for try, want := range map[int]time.Duration{1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 6: maxBackOff, 99: maxBackOff} {
		if got := backOff(try); got < want/2 || got > want*3/2 {
			t.Errorf("try %d: %v", try, got)
		}
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	pages := script{"/a": {"301 b"}, "/b": {"302 http://B.test:80/c#f"}, "/c": {"200 x"}, "/ten": {"308 /0"}, "/page": {"303 ../c?q"}}
	for i := range 11 {
		pages[fmt.Sprintf("/%d", i)] = []string{fmt.Sprintf("307 /%d", i+1)}
	}
	pages["/9"] = []string{"200 ten"}
	inWorld(t, Config{}, pages, func(t *testing.T, f *Fetcher) {
		r := get(t, f, "http://a.test/a")
		if r.FinalURL != "http://b.test/c" || r.URL != "http://a.test/a" || r.Redirects != 2 || r.Requests != 3 || string(r.Body) != "x" {
			t.Errorf("%+v", r)
		}
		if r = get(t, f, "http://a.test/ten"); r.Redirects != 10 || string(r.Body) != "ten" {
			t.Errorf("ten redirects: %+v", r)
		}
		r = getAs(t, f, Request{URL: "http://a.test/page", Kind: Page})
		if r.Location != "http://a.test/c?q" || r.Body != nil || r.Requests != 1 || r.Redirects != 0 || r.Status != 303 {
			t.Errorf("not followed: %+v", r)
		}
	})
	inWorld(t, Config{MaxRedirects: -1}, pages, func(t *testing.T, f *Fetcher) {
		expect(t, get(t, f, "http://a.test/a"), schemas.TooManyRedirects, "over 0 redirects")
	})
}

func TestPagesAreHTML(t *testing.T) {
	t.Parallel()
	const page = "<!doctype html><p>x"
	for _, c := range []struct {
		media, body string
		reason      schemas.Reason
	}{
		{"text/html; charset=iso-8859-1", page, ""},
		{"Application/XHTML+XML", page, ""},
		{"image/png", page, schemas.ContentUnwanted},
		{"application/gzip", page, schemas.ContentUnwanted},
		{"application/pdf", page, schemas.ContentUnwanted},
		{"", page, ""},
		{"", "\x89PNG\r\n\x1a\n", schemas.ContentUnwanted},
	} {
		handler := withoutRobots(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = []string{c.media}
			if c.media == "" {
				w.Header()["Content-Type"] = nil
			}
			_, _ = io.WriteString(w, c.body)
		})
		inWorld(t, Config{}, handler, func(t *testing.T, f *Fetcher) {
			if r := getAs(t, f, Request{URL: "http://a.test/", Kind: Page}); r.Reason != c.reason {
				t.Errorf("%q: %q %q, want %q", c.media, r.Reason, r.Detail, c.reason)
			}
			if r := get(t, f, "http://a.test/"); r.Reason != "" || string(r.Body) != c.body {
				t.Errorf("%q as an image: %q, %d bytes: what it is, imaging decides", c.media, r.Reason, len(r.Body))
			}
		})
	}
}

func TestOptOutHeader(t *testing.T) {
	t.Parallel()
	handler := withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("X-Robots-Tag", "otherbot: none")
		w.Header().Add("X-Robots-Tag", "unavailable_after: 25 Jun 2030 15:00:00 PST, noai")
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "x")
	})
	inWorld(t, Config{}, handler, func(t *testing.T, f *Fetcher) {
		r := get(t, f, "http://a.test/x.jpg")
		expect(t, r, schemas.OptOutHeader, "noai")
		if r.OptOut != "X-Robots-Tag: noai" {
			t.Errorf("opt-out %q", r.OptOut)
		}
		r = getAs(t, f, Request{URL: "http://a.test/", Kind: Page})
		if r.Reason != "" || r.OptOut != "X-Robots-Tag: noai" || string(r.Body) != "x" {
			t.Errorf("a page is delivered with its opt-out: %+v", r)
		}
	})
	inWorld(t, Config{OptOutWords: []string{}}, handler, func(t *testing.T, f *Fetcher) {
		if r := get(t, f, "http://a.test/x.jpg"); r.Reason != "" || r.OptOut != "" {
			t.Errorf("turned off: %+v", r)
		}
	})
	inWorld(t, Config{OptOutWords: []string{"nofun"}}, handler, func(t *testing.T, f *Fetcher) {
		if got := f.ParseDirectives("noai, nofun", "meta robots"); got != "meta robots: nofun" {
			t.Errorf("with other words %q", got)
		}
	})
}

func TestConfigFromSpec(t *testing.T) {
	t.Parallel()
	c := ConfigFrom(schemas.Fetch{Contact: "x@y.test", Timeout: schemas.Duration(time.Minute), Delay: schemas.Duration(time.Second),
		PerHost: 3, MaxBytes: 7, MaxPageBytes: 8, MaxRedirects: 4, Tries: 5, AllowPrivate: true, Hosts: map[string]string{"a": "1.1.1.1"},
		Token: "bot", IgnoreTLS: true, OptOut: []string{"noai"}})
	if c.Contact != "x@y.test" || c.Timeout != time.Minute || c.Delay != time.Second || c.PerHost != 3 || c.MaxBytes != 7 ||
		c.MaxPageBytes != 8 || c.MaxRedirects != 4 || c.Tries != 5 || !c.AllowPrivate || c.Hosts["a"] != "1.1.1.1" ||
		c.Token != "bot" || !c.InsecureTLS || len(c.OptOutWords) != 1 {
		t.Errorf("%+v", c)
	}
}

func TestNewChecksItsConfig(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]Config{
		"timeout -1":        {Timeout: -1},
		"tries -1":          {Tries: -1},
		"max buffered 1000": {MaxBuffered: 1000},
		"per host -2":       {PerHost: -2},
		"dns lookups -1":    {DNSLookups: -1},
		"idle conns -1":     {IdleConns: -1},
	} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
	}
}
