package control

import (
	"crypto/sha256"
	"crypto/subtle"
	"mime"
	"net"
	"net/http"
	"strings"
)

// guarded lets only those in who may: with a token, whoever presents it; without one, programs of this machine. A web page
// that is open in a browser on this machine is none of them: it could send requests here under a name of its own that leads
// to this address, or forms, so both are refused.
func guarded(token string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case token != "" && !presents(r, token):
			w.Header().Set("WWW-Authenticate", `Bearer realm="pairmill"`)
			fail(w, http.StatusUnauthorized, "a token is wanted: set PAIRMILL_TOKEN to the one that the server was started with")
		case token == "" && !local(r.Host):
			fail(w, http.StatusForbidden, "asked under the name "+r.Host+": without a token only localhost and loopback addresses are answered")
		case r.ContentLength != 0 && !isJSON(r):
			fail(w, http.StatusUnsupportedMediaType, "the body must be application/json")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// presents tells whether a request has the token, in a time that does not tell how much of it is right.
func presents(r *http.Request, token string) bool {
	got, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	a, b := sha256.Sum256([]byte(got)), sha256.Sum256([]byte(token)) // of equal length, whatever was sent
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1 && ok
}

func local(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return loopback(strings.Trim(host, "[]"))
}

func isJSON(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/json"
}
