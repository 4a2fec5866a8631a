package fetch

import (
	"net"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Domain is the registrable domain of a normalised URL by the Public Suffix List (publicsuffix.org), or the host itself
// where the list has none: "img.example.co.uk" belongs to "example.co.uk". It is empty for what is no URL.
func Domain(url string) string {
	host := HostKey(url)
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if strings.Trim(host, "0123456789.:") == "" {
		return host
	}
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return domain
	}
	return host
}
