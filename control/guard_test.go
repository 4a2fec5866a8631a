package control

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestListenWantsATokenForOthers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		address, token, want string // want empty: it listens
	}{
		{"127.0.0.1:0", "", ""},
		{"localhost:0", "", ""},
		{"[::1]:0", "", ""},
		{"0.0.0.0:0", "", "PAIRMILL_TOKEN"},
		{":0", "", "PAIRMILL_TOKEN"},
		{"192.0.2.1:7070", "", "PAIRMILL_TOKEN"},
		{"0.0.0.0:0", "secret", ""},
		{"7070", "", "host:port"},
	} {
		l, err := listen(c.address, c.token)
		if err == nil {
			l.Close()
		}
		if c.address == "[::1]:0" && err != nil && !strings.Contains(err.Error(), "PAIRMILL_TOKEN") {
			continue // a machine without IPv6
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q with token %q: %v, want %q", c.address, c.token, err, c.want)
		}
	}
	l, err := listen("127.0.0.1:0", "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := listen(l.Addr().String(), ""); err == nil || !strings.Contains(err.Error(), "--listen") {
		t.Errorf("an address in use: %v", err)
	}
}

func TestGuarded(t *testing.T) {
	t.Parallel()
	inner := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	for _, c := range []struct {
		name, token, auth, host, kind, body string
		want                                int
	}{
		{"a program of this machine", "", "", "127.0.0.1:7070", "", "", 204},
		{"by name", "", "", "localhost:7070", "", "", 204},
		{"IPv6", "", "", "[::1]:7070", "", "", 204},
		{"a page with a name of its own", "", "", "evil.example:7070", "", "", 403},
		{"a page's form", "", "", "127.0.0.1:7070", "application/x-www-form-urlencoded", "x", 415},
		{"a page's text", "", "", "127.0.0.1:7070", "text/plain", "{}", 415},
		{"a program's JSON", "", "", "127.0.0.1:7070", "application/json; charset=utf-8", "{}", 204},
		{"no token", "secret", "", "pairmill.example", "", "", 401},
		{"another token", "secret", "Bearer secre", "pairmill.example", "", "", 401},
		{"a longer token", "secret", "Bearer secrets", "pairmill.example", "", "", 401},
		{"another kind", "secret", "Basic secret", "pairmill.example", "", "", 401},
		{"the bare token", "secret", "secret", "pairmill.example", "", "", 401},
		{"the token", "secret", "Bearer secret", "pairmill.example", "", "", 204},
	} {
		r := httptest.NewRequest("POST", "http://"+c.host+"/v1/runs", strings.NewReader(c.body))
		if c.auth != "" {
			r.Header.Set("Authorization", c.auth)
		}
		if c.kind != "" {
			r.Header.Set("Content-Type", c.kind)
		}
		w := httptest.NewRecorder()
		guarded(c.token, inner).ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s: status %d, want %d", c.name, w.Code, c.want)
		}
		if c.want != 204 && !strings.Contains(w.Body.String(), `{"error":"`) {
			t.Errorf("%s: body %s", c.name, w.Body)
		}
		if strings.Contains(w.Body.String(), "secret") {
			t.Errorf("%s: the token is in the answer: %s", c.name, w.Body)
		}
	}
}
