package web

import (
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"

	"pairmill/schemas"
)

// scope says which pages may be followed. The scheme does not count: a site that moves from http to https stays in
// scope, as long as both use their default ports. One field has entries.
type scope struct {
	hosts   map[string]bool // ScopeHost: with ports
	domains map[string]bool // ScopeDomain: registrable domains
	dirs    []string        // ScopePrefix: host + folder, ending in a slash
}

func newScope(kind string, seeds []string) (scope, error) {
	s := scope{hosts: map[string]bool{}, domains: map[string]bool{}}
	for _, seed := range seeds {
		u, err := url.Parse(seed)
		if err != nil {
			return s, fmt.Errorf("seed %q: %w", seed, err)
		}
		switch kind {
		case schemas.ScopeHost:
			s.hosts[u.Host] = true
		case schemas.ScopeDomain:
			s.domains[registrable(u.Hostname())] = true
		case schemas.ScopePrefix:
			s.dirs = append(s.dirs, u.Host+folder(u.EscapedPath()))
		default:
			return s, fmt.Errorf("scope %q: want %s, %s or %s", kind, schemas.ScopeHost, schemas.ScopeDomain, schemas.ScopePrefix)
		}
	}
	return s, nil
}

func (s scope) contains(u *url.URL) bool {
	if s.hosts[u.Host] || len(s.domains) > 0 && s.domains[registrable(u.Hostname())] {
		return true
	}
	for _, dir := range s.dirs {
		if strings.HasPrefix(u.Host+u.EscapedPath(), dir) {
			return true
		}
	}
	return false
}

// registrable returns the registrable domain by the Public Suffix List (publicsuffix.org), or the host itself where
// there is none: an IP address, a single label, a public suffix.
func registrable(host string) string {
	if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil && strings.Trim(host, "0123456789.") != "" {
		return domain
	}
	return host
}

// folder is a path up to its last slash.
func folder(path string) string {
	return "/" + strings.TrimPrefix(path[:strings.LastIndexByte(path, '/')+1], "/")
}
