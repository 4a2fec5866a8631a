package fetch

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pairmill/schemas"
)

// A library that brings its own http.Client sees decoded pages within the limit, and nothing else.
func TestTransport(t *testing.T) {
	t.Parallel()
	page := "<!doctype html>" + strings.Repeat("x", 500)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/robots.txt":
			_, _ = io.WriteString(w, "user-agent: *\ndisallow: /no")
		case "/page":
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, gzipped(page))
		case "/bomb":
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, gzipped(strings.Repeat("x", 1<<20)))
		case "/moved":
			http.Redirect(w, r, "/page", http.StatusFound)
		default:
			if r.UserAgent() != "pairmill/dev" || r.Header.Get("Cookie") != "" {
				t.Errorf("header %v", r.Header)
			}
			w.Header().Set("Content-Type", "application/gzip")
			_, _ = io.WriteString(w, "x")
		}
	})
	inWorld(t, Config{MaxPageBytes: 1000}, handler, func(t *testing.T, f *Fetcher) {
		client := &http.Client{Transport: f.Transport()}
		ctx, capture := WithCapture(t.Context())
		ask := func(path string) (*http.Response, error) {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://a.test"+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("User-Agent", "Mozilla/5.0")
			req.Header.Set("Cookie", "a=b")
			return client.Do(req)
		}
		resp, err := ask("/page")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		if err != nil || string(body) != page || resp.ContentLength != int64(len(page)) || !resp.Uncompressed || resp.StatusCode != 200 {
			t.Errorf("%d bytes, %v, %+v", len(body), err, resp)
		}
		if resp.Header.Get("Content-Encoding") != "" || resp.Header.Get("Content-Type") != "text/html" {
			t.Errorf("header %v", resp.Header)
		}
		if r := capture.Response(); r.URL != "http://a.test/page" || string(r.Body) != page {
			t.Errorf("captured %+v", r)
		}
		for path, want := range map[string]schemas.Reason{
			"/no": schemas.RobotsDisallowed, "/bomb": schemas.BodyTooLarge, "/archive": schemas.ContentUnwanted, "/moved": "",
		} {
			_, err := ask(path)
			var dropped *Dropped
			if !errors.As(err, &dropped) || dropped.Response.Reason != want || dropped.Error() == "" {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if got := capture.Response(); got.URL != dropped.Response.URL || got.Reason != want {
				t.Errorf("%s: captured %q %q", path, got.URL, got.Reason)
			}
			if path == "/moved" && dropped.Response.Location != "http://a.test/page" {
				t.Errorf("location %q", dropped.Response.Location)
			}
		}
		if _, err := client.PostForm("http://a.test/page", url.Values{"a": {"b"}}); err == nil || !strings.Contains(err.Error(), "only GET") {
			t.Errorf("POST: %v", err)
		}
	})
}
