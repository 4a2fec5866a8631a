package specfile

import (
	"fmt"
	"math"
	"net/netip"
	"net/url"
	"path"
	"reflect"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
)

func (c *Problems) source(spec schemas.Spec) {
	var known, set []string
	v := reflect.ValueOf(spec.Source)
	for i := range v.NumField() {
		key := keyOf(v.Type().Field(i))
		known = append(known, key)
		if !v.Field(i).IsNil() {
			set = append(set, key)
		}
	}
	if len(set) != 1 {
		c.add(0, "source", "has %d sources: want exactly one of %s", len(set), strings.Join(known, ", "))
	}
	if spec.Source.Web != nil {
		c.web(*spec.Source.Web, spec.Fetch)
	}
	if spec.Source.List != nil {
		c.list(*spec.Source.List)
	}
	if spec.Source.Shards != nil {
		c.shards(*spec.Source.Shards)
	}
}

func (c *Problems) shards(s schemas.Shards) {
	if len(s.Tars) == 0 {
		c.add(0, "source.shards.tars", "is empty: want the key of at least one tar in the store")
	}
	c.patterns("source.shards.tars", s.Tars)
	c.patterns("source.shards.pool", s.Pool)
}

// patterns wants keys, or patterns of keys.
func (c *Problems) patterns(at string, keys []string) {
	for i, key := range keys {
		err := store.CheckKey(key)
		if err == nil {
			err = goodPattern(key)
		}
		if err != nil {
			c.add(0, fmt.Sprintf("%s[%d]", at, i), "%v", err)
		}
	}
	c.distinct(at, keys)
}

// goodPattern refuses what path.Match cannot read.
func goodPattern(key string) error {
	if _, err := path.Match(key, ""); err != nil {
		return fmt.Errorf("pattern %q: %w", key, err)
	}
	return nil
}

func (c *Problems) web(w schemas.Web, f schemas.Fetch) {
	if len(w.Seeds) == 0 {
		c.add(0, "source.web.seeds", "is empty: want at least one http or https URL")
	}
	for i, seed := range w.Seeds {
		c.seed(fmt.Sprintf("source.web.seeds[%d]", i), seed, f)
	}
	c.word("source.web.scope", w.Scope, schemas.ScopeHost, schemas.ScopeDomain, schemas.ScopePrefix)
	c.whole("source.web.max_pages", w.MaxPages, 1, math.MaxInt64)
	c.whole("source.web.max_depth", int64(w.MaxDepth), 0, math.MaxInt32)
	c.whole("source.web.max_pages_per_host", w.MaxPagesPerHost, 0, math.MaxInt64)
	c.whole("source.web.lanes", int64(w.Lanes), 1, 1000)
	c.whole("source.web.pages_per_job", int64(w.PagesPerJob), 1, 100_000)
}

func (c *Problems) seed(path, seed string, f schemas.Fetch) {
	u, err := url.Parse(seed)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
		c.add(0, path, "%q: want an absolute http or https URL", seed)
	case u.User != nil:
		c.add(0, path, "%q: a URL with a password would end up in the dataset", u.Redacted())
	case !f.AllowPrivate && privateHost(u.Hostname(), f.Hosts):
		c.add(0, path, "%q is on a private address: set fetch.allow_private to true if it is meant", seed)
	}
}

// privateHost tells what can be told without DNS.
func privateHost(host string, hosts map[string]string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	if to, ok := hosts[host]; ok {
		host = to
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && private(addr)
}
