package fetch

import "testing"

func TestDomain(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://img.example.co.uk/a.jpg": "example.co.uk", "http://a.b.example.com:8080/": "example.com", "http://127.0.0.1:9/x": "127.0.0.1",
		"http://localhost/": "localhost", "http://[::1]:80/": "::1", "no url": "",
	} {
		if got := Domain(url); got != want {
			t.Errorf("Domain(%q) = %q, want %q", url, got, want)
		}
	}
}
