package fetch

import (
	"bytes"
	"net/http"
	"strings"
)

// challengeMarks stand in the pages by which the large shields ask a visitor to prove to be a person: Cloudflare,
// Akamai, DataDome, PerimeterX, Imperva, AWS WAF, Sucuri, DDoS-Guard, and the checkers that ask for proof of work.
func challengeMarks() []string {
	return []string{
		"/cdn-cgi/challenge-platform/", "cf-browser-verification", "<title>just a moment...</title>",
		"akamai-bm-telemetry", "errors.edgesuite.net", "captcha-delivery.com", "px-captcha", "_incapsula_resource",
		"awswafcookiedomainlist", "challenges.cloudflare.com", "within.website/x/cmd/anubis", "sec-if-cpt-container",
		"<title>pardon our interruption", "sucuri_cloudproxy_js", "/.well-known/ddos-guard/",
	}
}

// challengePrefix is how much of an error page is looked at.
const challengePrefix = 32 << 10

// challengeHeader tells the answers that say in their header what they are.
func challengeHeader(h http.Header) bool {
	for _, name := range []string{"Cf-Mitigated", "X-Amzn-Waf-Action", "X-Vercel-Mitigated"} {
		switch strings.ToLower(h.Get(name)) {
		case "challenge", "captcha":
			return true
		}
	}
	return false
}

// maybeChallenge tells the answers whose page is worth a look: a refusal in HTML.
func maybeChallenge(status int, h http.Header) bool {
	switch status {
	case http.StatusForbidden, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return isHTML(h)
	}
	return false
}

// challengePage tells whether the beginning of a page carries a mark.
func challengePage(page []byte) bool {
	page = bytes.ToLower(page[:min(len(page), challengePrefix)])
	for _, mark := range challengeMarks() {
		if bytes.Contains(page, []byte(mark)) {
			return true
		}
	}
	return false
}

func isHTML(h http.Header) bool {
	media, _, _ := strings.Cut(h.Get("Content-Type"), ";")
	media = strings.ToLower(strings.TrimSpace(media))
	return media == "text/html" || media == "application/xhtml+xml"
}
