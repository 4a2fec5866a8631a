package fetch

import (
	"strings"
	"testing"
)

func TestIsNormal(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]bool{
		"http://a.test/": true,
		"https://cdn.shop.example/files/A_1-2~x.jpg?v=1&w=2": true,
		"https://a.test/x?a=b?c":                             true,
		"https://a.test//x":                                  true,
		"http://a.test":                                      false, // gets a path
		"http://a.test/x?":                                   false, // loses its query
		"http://a.test/./x":                                  false,
		"http://a.test/.x":                                   false, // might be one
		"http://a.test:80/":                                  false,
		"http://A.test/":                                     false,
		"http://1.2.3.4/":                                    false,
		"http://1.2.3.4x/":                                   false,
		"http://xn--a/":                                      false,
		"http://a.test/%2f":                                  false,
		"http://a.test/x#y":                                  false,
		"http://a.test/'":                                    false, // escaped in a query
		"http://joe@a.test/":                                 false,
		"ftp://a.test/":                                      false,
		"http:///x":                                          false,
		"http://.a/":                                         false,
		"":                                                   false,
		"http://a.test/" + strings.Repeat("x", MaxURL): false,
	} {
		if got := IsNormal(raw); got != want {
			t.Errorf("%q: %t", raw, got)
		}
	}
}

// What IsNormal says is what Normalize does.
func FuzzIsNormal(f *testing.F) {
	for _, raw := range []string{"http://a.test/b/c.d?e=f", "https://a--b.c-d.e/..;/x", "http://a.b./", "http://0x7f.a1/?x?.", "http://a.test/a/.../b",
		"http://sub.domain.example.org/Path/~user/(1)!$&,;=:@*+?q=/./?%"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if !IsNormal(raw) {
			return
		}
		if got, err := Resolve("", raw); err != nil || got != raw {
			t.Errorf("%q is not normal: %q, %v", raw, got, err)
		}
	})
}

func BenchmarkIsNormal(b *testing.B) {
	const raw = "https://cdn.shop.example/s/files/1/0001/products/picture_large_1024.jpg?v=1571262"
	b.Run("fast", func(b *testing.B) {
		for b.Loop() {
			IsNormal(raw)
		}
	})
	b.Run("slow", func(b *testing.B) {
		for b.Loop() {
			_, _ = Resolve("", raw)
		}
	})
}
