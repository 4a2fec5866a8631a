package web

import (
	"strings"
	"testing"

	"pairmill/schemas"
)

func TestScope(t *testing.T) {
	t.Parallel()
	seeds := []string{"http://www.a.co.uk/docs/start.html", "https://b.test:8443/x/"}
	for _, test := range []struct {
		kind, url string
		in        bool
	}{
		{schemas.ScopeHost, "http://www.a.co.uk/other", true},
		{schemas.ScopeHost, "https://www.a.co.uk/", true}, // another scheme, its own default port
		{schemas.ScopeHost, "http://a.co.uk/", false},
		{schemas.ScopeHost, "https://b.test:8443/y", true},
		{schemas.ScopeHost, "https://b.test/y", false},
		{schemas.ScopeDomain, "http://images.a.co.uk/", true},
		{schemas.ScopeDomain, "http://a.co.uk/", true},
		{schemas.ScopeDomain, "http://other.co.uk/", false}, // co.uk is a public suffix, not a domain
		{schemas.ScopePrefix, "http://www.a.co.uk/docs/more/x.html", true},
		{schemas.ScopePrefix, "http://www.a.co.uk/docs", false},
		{schemas.ScopePrefix, "http://www.a.co.uk/docsearch", false},
		{schemas.ScopePrefix, "https://b.test:8443/x/y", true},
		{schemas.ScopePrefix, "https://b.test:8443/", false},
	} {
		s, err := newScope(test.kind, seeds)
		if err != nil {
			t.Fatal(err)
		}
		if why := (policy{s}).refuses(test.url); (why == "") != test.in {
			t.Errorf("scope %s: %s: %q, want it in scope: %v", test.kind, test.url, why, test.in)
		}
	}
	if _, err := newScope("planet", seeds); err == nil {
		t.Error("an unknown scope was accepted")
	}
}

func TestDomainOfAnAddressIsItself(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"127.0.0.1": "127.0.0.1", "::1": "::1", "localhost": "localhost", "a.b.example.com": "example.com", "com": "com",
	} {
		if got := registrable(host); got != want {
			t.Errorf("registrable domain of %s: %s, want %s", host, got, want)
		}
	}
}

func TestPolicyRefuses(t *testing.T) {
	t.Parallel()
	s, err := newScope(schemas.ScopeHost, []string{"http://a.test/"})
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ path, why string }{
		{"/", ""},
		{"/index.php?id=3&lang=de", ""},
		{"/2020/01/2020/01/post", ""},
		{"/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t", ""},
		{"/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u", "20 path segments"},
		{"/x/1/x/2/x/3", ""},
		{"/x/1/x/2/x/3/x", "more than 3 times"},
		{"/news/a/b/a/b/end", ""},
		{"/news/a/b/a/b/a/b", "follow themselves"},
		{"/cal?month=1&month=2", ""},
		{"/cal?next=1&x=2&next=1", "repeated"},
		{"/f?" + params(16), ""},
		{"/f?" + params(17), "query parameters"},
		{"/photo.JPG", "file name"},
		{"/archive.tar.gz", "file name"},
		{"/photo.jpg.html", ""},
		{"/wiki/File:photo.jpg?action=view", "file name"},
		{"/v1.2/notes", ""},
		{"/jpg", ""},
	} {
		why := policy{s}.refuses("http://a.test" + test.path)
		if (why == "") != (test.why == "") || !strings.Contains(why, test.why) {
			t.Errorf("%s: %q, want %q", test.path, why, test.why)
		}
	}
}

func params(n int) string {
	var all []string
	for i := range n {
		all = append(all, string(rune('a'+i))+"=1")
	}
	return strings.Join(all, "&")
}
