package fetch

import (
	"io"
	"net/http"
	"testing"

	"pairmill/schemas"
)

// TestUnchanged: validators go to the URL that gave them and to no other, and a 304 is an answer to them alone.
func TestUnchanged(t *testing.T) {
	t.Parallel()
	const etag, modified = `"v1"`, "Wed, 21 Oct 2015 07:28:00 GMT"
	var asked []string // the validators of each request
	site := withoutRobots(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path+" "+r.Header.Get("If-None-Match")+" "+r.Header.Get("If-Modified-Since"))
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/picture", http.StatusFound)
		case "/refused":
			w.Header().Set("X-Robots-Tag", "noai")
			w.WriteHeader(http.StatusNotModified)
		case "/liar":
			w.WriteHeader(http.StatusNotModified)
		default:
			w.Header().Set("ETag", etag)
			if r.Header.Get("If-None-Match") == etag {
				w.WriteHeader(http.StatusNotModified)
				return
			}
			_, _ = io.WriteString(w, "pixels")
		}
	})
	here := func(path string) Had { return Had{URL: "http://a.test" + path, ETag: etag, Modified: modified} }
	for _, c := range []struct {
		name, path string
		had        Had
		asked      []string
		unchanged  bool
		body       string
		reason     schemas.Reason
	}{
		{"asked for news", "/picture", here("/picture"), []string{"/picture " + etag + " " + modified}, true, "", ""},
		{"another version", "/picture", Had{URL: "http://a.test/picture", ETag: `"v0"`}, []string{`/picture "v0" `}, false, "pixels", ""},
		{"a date alone", "/picture", Had{URL: "http://a.test/picture", Modified: modified}, []string{"/picture  " + modified}, false, "pixels", ""},
		{"nothing had", "/picture", Had{}, []string{"/picture  "}, false, "pixels", ""},
		{"behind a redirect", "/moved", here("/picture"), []string{"/moved  ", "/picture " + etag + " " + modified}, true, "", ""},
		{"a redirect that was not there", "/moved", here("/moved"), []string{"/moved " + etag + " " + modified, "/picture  "}, false, "pixels", ""},
		{"an opt-out comes with it", "/refused", here("/refused"), []string{"/refused " + etag + " " + modified}, false, "", schemas.OptOutHeader},
		{"a 304 to no question", "/liar", Had{}, []string{"/liar  "}, false, "", schemas.HTTPStatus},
	} {
		inWorld(t, Config{}, site, func(t *testing.T, f *Fetcher) {
			asked = nil
			r := getAs(t, f, Request{URL: "http://a.test" + c.path, Kind: Image, Follow: true, Had: c.had})
			if r.Unchanged != c.unchanged || string(r.Body) != c.body || r.Reason != c.reason {
				t.Errorf("%s: unchanged %t, body %q, reason %q (%s)", c.name, r.Unchanged, r.Body, r.Reason, r.Detail)
			}
			if len(asked) != len(c.asked) {
				t.Fatalf("%s: asked %q, want %q", c.name, asked, c.asked)
			}
			for i := range asked {
				if asked[i] != c.asked[i] {
					t.Errorf("%s: asked %q, want %q", c.name, asked[i], c.asked[i])
				}
			}
			if r.Unchanged && (r.Status != http.StatusNotModified || r.FinalURL != c.had.URL) {
				t.Errorf("%s: status %d of %s", c.name, r.Status, r.FinalURL)
			}
		})
	}
}
