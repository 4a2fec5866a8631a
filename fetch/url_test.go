package fetch

import (
	"net/url"
	"strings"
	"testing"
)

func TestNormalize(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ raw, want string }{
		{"http://a.test", "http://a.test/"},
		{" HTTP://A.Test:80/x#frag\n", "http://a.test/x"},
		{"https://a.test:443/", "https://a.test/"},
		{"https://a.test:80/", "https://a.test:80/"},
		{"http://a.test/a/./b/../c/%2e%2E/d", "http://a.test/a/d"},
		{"http://a.test/a%2fb%7ec", "http://a.test/a%2Fb%7Ec"},
		{"http://a.test/a b|c^[d]{e}\"<>`", "http://a.test/a%20b%7Cc%5E%5Bd%5D%7Be%7D%22%3C%3E%60"},
		{"http://a.test/100%", "http://a.test/100%25"},
		{"http://a.test/%zz?%zz=%e2", "http://a.test/%25zz?%zz=%E2"},
		{"http://a.test\\b\\c", "http://a.test/b/c"},
		{"http://a.test/a\tb\nc", "http://a.test/abc"},
		{"http://a.test//x//y", "http://a.test//x//y"},
		{"http://a.test?q=1&p=2", "http://a.test/?q=1&p=2"},
		{"http://a.test/x?", "http://a.test/x"},
		{"http://Bücher.test/ü", "http://xn--bcher-kva.test/%C3%BC"},
		{"http://a.test/caf\xe9.jpg", "http://a.test/caf%E9.jpg"},
		{"http://0x7f.1/", "http://127.0.0.1/"},
		{"http://2130706433/", "http://127.0.0.1/"},
		{"http://0177.0.0.1/", "http://127.0.0.1/"},
		{"http://[::FFFF:127.0.0.1]/", "http://[::ffff:7f00:1]/"},
		{"http://１２７.0.0.1/", "http://127.0.0.1/"},
	} {
		got, err := Normalize(c.raw)
		if err != nil || got != c.want {
			t.Errorf("%q: %q, %v; want %q", c.raw, got, err, c.want)
		}
	}
}

func TestNormalizeRefuses(t *testing.T) {
	t.Parallel()
	long := "http://a.test/" + strings.Repeat("x", MaxURL)
	for raw, want := range map[string]string{
		"":                                      "not a URL",
		"/relative":                             "not a URL",
		"http://":                               "not a URL",
		"http://a b/":                           "not a URL",
		"http://a.test:99999/":                  "not a URL",
		"http://[::1/":                          "not a URL",
		"http://1.2.3.256/":                     "not a URL",
		"file:///etc/passwd":                    "scheme \"file\"",
		"javascript:alert(1)":                   "scheme \"javascript\"",
		"data:image/png;base64,AA":              "scheme \"data\"",
		"ftp://a.test/":                         "scheme \"ftp\"",
		"http://joe:secret@a.test/":             "user name",
		"http://joe@a.test/":                    "user name",
		long:                                    "over 2048",
		long + strings.Repeat("x", 9*maxRawURL): "over 16384",
	} {
		got, err := Normalize(raw)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v; want an error with %q", clip(raw, 60), got, err, want)
		}
		if err != nil && len(err.Error()) > 200 {
			t.Errorf("%q: a message of %d bytes", clip(raw, 60), len(err.Error()))
		}
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	const base = "https://a.test:8443/dir/page.html?q"
	for ref, want := range map[string]string{
		"x.jpg":            "https://a.test:8443/dir/x.jpg",
		"../x.jpg":         "https://a.test:8443/x.jpg",
		"/x.jpg":           "https://a.test:8443/x.jpg",
		"//b.test/x.jpg":   "https://b.test/x.jpg",
		"?r":               "https://a.test:8443/dir/page.html?r",
		"#top":             "https://a.test:8443/dir/page.html?q",
		"":                 "https://a.test:8443/dir/page.html?q",
		"http:/b.test/x":   "http://b.test/x",
		"http://b.test:80": "http://b.test/",
	} {
		if got, err := Resolve(base, ref); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", ref, got, err, want)
		}
	}
}

func TestHostKey(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"http://a.test/x":    "a.test:80",
		"https://a.test/x":   "a.test:443",
		"http://a.test:81/x": "a.test:81",
		"http://[::1]/":      "[::1]:80",
		"http://[::1]:8/":    "[::1]:8",
		"nothing":            "",
	} {
		if got := HostKey(url); got != want {
			t.Errorf("%s: %q, want %q", url, got, want)
		}
	}
}

// FuzzNormalize holds Normalize to its promises: a fixed point, valid for net/url with path and query untouched, short.
func FuzzNormalize(f *testing.F) {
	for _, s := range []string{"http://a.test/a%2fb?c=%zz#d", "HTTPS://[::1]:443/%", "http://a\\b/..//./%2e", "http://xn--a/",
		"http://a.test/|[]^", "http://ａ.test/\xff", "http:a", "http://a%41b/", "http://999/", "http://a..b./?a='\"<>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		once, err := Normalize(raw)
		if err != nil {
			return
		}
		twice, err := Normalize(once)
		if err != nil || twice != once {
			t.Fatalf("%q → %q → %q, %v", raw, once, twice, err)
		}
		u, err := url.Parse(once)
		if err != nil {
			t.Fatalf("%q → %q: net/url: %v", raw, once, err)
		}
		if len(once) > MaxURL || u.RequestURI() != pathOf(once) || u.User != nil || u.Host == "" {
			t.Fatalf("%q → %q, read by net/url as %#v", raw, once, u)
		}
	})
}
