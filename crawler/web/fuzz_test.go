package web

import (
	"context"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pairmill/fetch"
	"pairmill/schemas"
)

// FuzzPage reads any bytes under any header: whatever comes out must be valid, bounded, and the same every time.
func FuzzPage(f *testing.F) {
	f.Add([]byte(`<html lang=de><base href="/x/"><a href="y?a=1#b">z</a><img src=1.png alt="eins">`), "text/html")
	f.Add([]byte(`<meta name=robots content="noai, nofollow"><meta http-equiv=refresh content="0;url=x">`), "text/html; charset=gbk")
	f.Add([]byte("<?xml version='1.0' encoding='shift_jis'?><img src=a alt='\x93\xfa'>"), "application/xhtml+xml")
	f.Add([]byte(`<noscript><noscript><img src=//b.test alt=&#0;&#xD800;></noscript><template><table><a href="http://[">`), "")
	f.Add([]byte("\xff\xfe<\x00a\x00 \x00h\x00r\x00e\x00f\x00=\x00x\x00>\x00"), "text/html")
	f.Add([]byte(`<p><b x=1><i x=2><a href="q?<u>">1<p>2</b><p>tamed0-<img src=x alt="<b>y</b>">`), "text/html")
	f.Add([]byte(strings.Repeat("<b><table>", 300)), "text/html; charset=x-user-defined")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		read := func() visit {
			return visitPage(t, raw{body, http.Header{"Content-Type": {contentType}}}, Config{MaxLinks: 50, MaxCandidates: 50})
		}
		v := read()
		if !schemas.Reason(v.page.Reason).Valid() {
			t.Fatalf("reason %q", v.page.Reason)
		}
		if len(v.links) > 50 || len(v.candidates) > 50 {
			t.Fatalf("%d links, %d candidates", len(v.links), len(v.candidates))
		}
		for _, u := range v.links {
			checkURL(t, u)
		}
		for _, c := range v.candidates {
			checkURL(t, c.URL)
			text := c.Captions[0].Text
			if text == "" || !utf8.ValidString(text) || c.ID != schemas.NewID(c.URL, text).String() || len(c.Captions[0].Language) > 35 {
				t.Fatalf("candidate %+v", c)
			}
		}
		if again := read(); !reflect.DeepEqual(v, again) {
			t.Fatalf("two readings differ: %+v, %+v", v, again)
		}
	})
}

func checkURL(t *testing.T, u string) {
	t.Helper()
	again, err := fetch.Normalize(u)
	if err != nil || again != u || fetch.HostKey(u) == "" {
		t.Fatalf("%q is not normalised: %q, %v", u, again, err)
	}
}

// raw answers everything with one body.
type raw struct {
	body   []byte
	header http.Header
}

func (r raw) Get(_ context.Context, q fetch.Request) (fetch.Response, error) {
	if len(r.body) == 0 {
		return fetch.Response{URL: q.URL, Status: 200, Reason: schemas.BodyEmpty}, nil
	}
	return fetch.Response{URL: q.URL, Status: 200, Header: r.header, Body: r.body}, nil
}

func (raw) ParseDirectives(content, source string) string {
	return fetch.ParseDirectives(content, source)
}
