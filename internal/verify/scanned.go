package verify

import (
	"context"

	"pairmill/fetch"
	"pairmill/filter"
	"pairmill/schemas"
)

// heavyTable marks a scan's table of hosts that get shards of their own.
const heavyTable = "heavy"

// survey says how many rows of each of these hosts a scan found, in the order of its table.
type survey struct {
	Hosts []heavyHost `json:"hosts"`
}

type heavyHost struct {
	Host int   `json:"host"` // its place in the listing
	Rows int64 `json:"rows"`
}

// scan checks a scan of a list's range, or of tables of which rows are asked for again.
func (j *jobs) scan(ctx context.Context, rec schemas.Commit) error {
	if rec.Job.Generation >= len(j.set.gens) { // the generation has been reported, or its record is missing
		j.crawl(ctx, rec)
		return nil
	}
	g := j.set.gens[rec.Job.Generation]
	if g.IsRetry() {
		j.rescan(ctx, rec, g)
		return nil
	}
	var want schemas.Counts
	l := j.listing(ctx, rec.Job.Generation)
	for _, o := range rec.Of(schemas.RoleCandidates) {
		if o.For == heavyTable {
			j.heavy(ctx, rec, o)
		}
		for i, x := range rows[schemas.Candidate](ctx, j.c, o) {
			p := at{o.Key, i, x.ID}
			want.Listed++
			j.c.candidate(p, &x)
			j.c.line(p, &x, l)
			if !g.Takes(x.ID) {
				j.c.reportAt(p, Field, "id", "one that the generation takes", x.ID)
			}
		}
	}
	if g.From > 0 || g.To < 1 {
		want.Listed = max(want.Listed, rec.Counts.Listed) // nothing tells of the rows that were not taken
	}
	j.counts(ctx, rec, want)
	return nil
}

// line holds what a candidate is against the values of its line in the list.
func (c *checker) line(p at, x *schemas.Candidate, l *listing) {
	if l == nil || len(x.Captions) == 0 {
		return
	}
	values, err := schemas.DecodeListed(l.Columns, x.Listed)
	if err != nil {
		c.reportAt(p, Field, "listed", "values for the list's columns", err)
		return
	}
	for i, column := range l.Columns {
		text, _ := values[i].(string)
		switch column.Name {
		case "url":
			if url, err := fetch.Normalize(text); err == nil {
				equal(c, p, Field, "url", url, x.URL)
			}
		case "caption":
			equal(c, p, Field, "captions", filter.CleanCaption(text), x.Captions[0].Text)
		}
	}
}

// heavy holds the table of heavy hosts against the scan's survey: host by host, as many rows as it says.
func (j *jobs) heavy(ctx context.Context, rec schemas.Commit, o schemas.Object) {
	c := j.c
	surveys := rec.Of(schemas.RoleSurvey)
	if len(surveys) != 1 || surveys[0].For != o.Key {
		c.reportAt(whole(c.by), Record, "objects", "one survey of "+o.Key, len(surveys))
		return
	}
	p := whole(surveys[0].Key)
	s, ok := canonical[survey](ctx, c, p.object)
	if !ok || c.broken[p.object] {
		return
	}
	n, last := int64(0), -1
	for _, h := range s.Hosts {
		if h.Host <= last || h.Rows <= 0 {
			c.reportAt(p, Order, "hosts", "places that ascend, with rows", h)
		}
		last, n = h.Host, n+h.Rows
	}
	equal(c, p, Rows, "rows of "+o.Key, o.Rows, n)
	if l := j.listing(ctx, rec.Job.Generation); l != nil {
		j.hosts(ctx, o, s, l.Heavy)
	}
}

// hosts checks that the rows of a table of heavy hosts are of those hosts.
func (j *jobs) hosts(ctx context.Context, o schemas.Object, s survey, names []string) {
	var left int64
	name := ""
	torn := false
	for p, x := range j.c.pieces(ctx, cutPart{Pieces: []piece{{o.Key, 0, o.Rows}}}, &torn) {
		for left == 0 && len(s.Hosts) > 0 {
			h := s.Hosts[0]
			s.Hosts, left, name = s.Hosts[1:], h.Rows, ""
			if h.Host < len(names) {
				name = names[h.Host]
			}
		}
		left--
		equal(j.c, p, Field, "host", name, fetch.HostKey(x.URL))
	}
}
