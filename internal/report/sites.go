package report

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"pairmill/fetch"
	"pairmill/schemas"
)

// failure is a row that was dropped.
type failure struct {
	Domain string `parquet:"domain"`
	Host   string `parquet:"host"`
	Reason string `parquet:"reason"`
	URL    string `parquet:"url"`
	Detail string `parquet:"detail"`
}

func failureOf(r *schemas.Row) failure {
	return failure{Domain: fetch.Domain(r.URL), Host: fetch.HostKey(r.URL), Reason: r.Reason, URL: r.URL, Detail: r.Detail}
}

func compareFailures(a, b failure) int {
	return cmp.Or(cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Host, b.Host), cmp.Compare(a.Reason, b.Reason), cmp.Compare(a.URL, b.URL))
}

// sites adds the failures up by host, domain and reason in one pass over them, sorted.
func (c *collector) sites() error {
	var host, domain Site
	hosts, domains := top{n: c.cfg.Top}, top{n: c.cfg.Top}
	reasons := map[schemas.Reason]*Reason{}
	for f, err := range c.failed.Sorted(c.ctx) {
		if err != nil {
			return err
		}
		if f.Domain != domain.Name {
			domains.add(domain)
			domain = Site{Name: f.Domain}
		}
		if f.Host != host.Name {
			hosts.add(host)
			host = Site{Name: f.Host}
		}
		r := schemas.Reason(f.Reason)
		x, ok := reasons[r]
		if !ok {
			x = &Reason{Reason: r, Class: r.Class(), URL: f.URL, Detail: f.Detail, Command: c.command(f.URL)}
			reasons[r] = x
		}
		if host.Reasons[r] == 0 {
			x.Hosts++
		}
		x.Rows++
		host.count(r, f.URL, c)
		domain.count(r, f.URL, c)
	}
	domains.add(domain)
	hosts.add(host)
	c.out.Hosts, c.out.Domains = hosts.sorted(), domains.sorted()
	for _, x := range slices.SortedFunc(maps.Values(reasons), func(a, b *Reason) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Reason, b.Reason))
	}) {
		c.out.Reasons = append(c.out.Reasons, *x)
	}
	return nil
}

func (s *Site) count(r schemas.Reason, url string, c *collector) {
	if s.Reasons == nil {
		s.Reasons, s.Command = map[schemas.Reason]int64{}, c.command(url)
	}
	s.Dropped++
	s.Reasons[r]++
}

// command asks for a URL as the run did, and shows the answer's header.
func (c *collector) command(url string) string {
	agent := ""
	if c.cfg.UserAgent != "" {
		agent = " -A " + quoted(c.cfg.UserAgent)
	}
	if !strings.HasPrefix(url, "http") {
		return ""
	}
	return fmt.Sprintf("curl -sSL -o /dev/null -D - -m %.0f%s%s %s", max(c.cfg.Timeout.Seconds(), 1), c.resolve(url), agent, quoted(url))
}

// resolve tells curl what the run's own table of hosts told the run.
func (c *collector) resolve(url string) string {
	if c.cfg.Address == nil {
		return ""
	}
	host, port, err := net.SplitHostPort(fetch.HostKey(url))
	if err != nil {
		return ""
	}
	addr := c.cfg.Address(host)
	if addr == "" {
		return ""
	}
	return " --resolve " + quoted(host+":"+port+":"+addr)
}

// quoted makes one word of s for a POSIX shell.
func quoted(s string) string { return "'" + strings.ReplaceAll(plain(s), "'", `'\''`) + "'" }

// plain writes what would move the cursor of a terminal as escapes: rows come from strangers.
func plain(s string) string {
	if !strings.ContainsFunc(s, odd) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if odd(r) || r == utf8.RuneError {
			fmt.Fprintf(&b, "%%%02X", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func odd(r rune) bool { return r != ' ' && !unicode.IsGraphic(r) }

// top keeps the sites with most dropped rows.
type top struct {
	n     int
	sites []Site
}

func (t *top) add(s Site) {
	if s.Dropped == 0 {
		return
	}
	t.sites = append(t.sites, s)
	if len(t.sites) >= 2*t.n+64 {
		t.sites = slices.Clone(t.sorted())
	}
}

func (t *top) sorted() []Site {
	slices.SortFunc(t.sites, func(a, b Site) int { return cmp.Or(cmp.Compare(b.Dropped, a.Dropped), cmp.Compare(a.Name, b.Name)) })
	return t.sites[:min(t.n, len(t.sites))]
}
