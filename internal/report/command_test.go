package report

import (
	"testing"
	"time"

	"pairmill/fetch"
)

// The command asks for the URL as the run did.
func TestCommandAsksAsTheRunDid(t *testing.T) {
	t.Parallel()
	hosts := fetch.Config{Hosts: map[string]string{"*.Local.test": "127.0.0.1", "six.test": "::1"}}
	for _, c := range []struct {
		name, url string
		cfg       Config
		want      string
	}{
		{"plain", "http://a.test/x.jpg", Config{}, "curl -sSL -o /dev/null -D - -m 1 'http://a.test/x.jpg'"},
		{"agent and timeout", "http://a.test/x.jpg", Config{UserAgent: "pairmill/1 (+me@a.test)", Timeout: 30 * time.Second},
			"curl -sSL -o /dev/null -D - -m 30 -A 'pairmill/1 (+me@a.test)' 'http://a.test/x.jpg'"},
		{"a host of the run's table", "http://www.local.test:8080/x.jpg", Config{Address: hosts.Address},
			"curl -sSL -o /dev/null -D - -m 1 --resolve 'www.local.test:8080:127.0.0.1' 'http://www.local.test:8080/x.jpg'"},
		{"an address of the sixth version", "https://six.test/x.jpg", Config{Address: hosts.Address},
			"curl -sSL -o /dev/null -D - -m 1 --resolve 'six.test:443:::1' 'https://six.test/x.jpg'"},
		{"a host that is not in it", "http://a.test/x.jpg", Config{Address: hosts.Address}, "curl -sSL -o /dev/null -D - -m 1 'http://a.test/x.jpg'"},
		{"a quote", "http://a.test/it's", Config{}, `curl -sSL -o /dev/null -D - -m 1 'http://a.test/it'\''s'`},
		{"no URL to ask for", "data:image/png;base64,xx", Config{}, ""},
	} {
		if got := (&collector{cfg: c.cfg}).command(c.url); got != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}
