package web

import (
	"context"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"pairmill/fetch"
	"pairmill/schemas"
)

// visit is what came of one planned URL.
type visit struct {
	page       schemas.Page
	redirect   string   // where it redirects to, when that is to be followed
	links      []string // distinct, in document order
	candidates []schemas.Candidate
	images     Images
	requests   int64
	reading    *Reading // for a later crawl; nil = it could not ask whether the page has changed
}

// visitAll visits a batch, hosts side by side, and returns the visits in the batch's order.
func (c *Crawler) visitAll(ctx context.Context, batch []schemas.Link, known map[string]*Reading) ([]visit, error) {
	visits := make([]visit, len(batch))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(c.cfg.Fetch.Concurrency)
	for _, queue := range queues(batch) {
		var next atomic.Int64
		for range min(c.cfg.Fetch.PerHost, len(queue)) {
			g.Go(func() error {
				for i := next.Add(1) - 1; i < int64(len(queue)); i = next.Add(1) - 1 {
					v, err := c.visit(ctx, batch[queue[i]], known[batch[queue[i]].URL])
					if err != nil {
						return err
					}
					visits[queue[i]] = v
				}
				return nil
			})
		}
	}
	return visits, g.Wait()
}

// queues returns the positions of each host's links, hosts in the order of their best link.
func queues(batch []schemas.Link) [][]int {
	var out [][]int
	at := map[string]int{}
	for i, l := range batch {
		host := fetch.HostKey(l.URL)
		n, ok := at[host]
		if !ok {
			n = len(out)
			at[host] = n
			out = append(out, nil)
		}
		out[n] = append(out[n], i)
	}
	return out
}

// visit fetches and reads one page, of which a crawl before may have known something.
func (c *Crawler) visit(ctx context.Context, l schemas.Link, was *Reading) (visit, error) {
	v := visit{page: schemas.Page{URL: l.URL, Depth: l.Depth, Referrer: l.Referrer}}
	r, doc, err := c.read(ctx, l.URL, was.had())
	if err != nil {
		return v, fmt.Errorf("visit %s: %w", l.URL, err)
	}
	v.requests = int64(r.Requests)
	v.page.HTTPStatus = int32(r.Status)
	v.page.Bytes = int64(len(r.Body))
	v.page.Reason, v.page.Detail = string(r.Reason), r.Detail
	switch {
	case r.Reason != "":
	case r.Location != "":
		c.redirected(&v, l, r.Location)
	case r.Unchanged:
		v.recall(r, was)
	default:
		c.take(&v, r, doc)
		v.note(r)
	}
	return v, nil
}

// redirected makes the target a link of its own, so that it is planned once however many pages redirect to it, and in
// the lane of its own host.
func (c *Crawler) redirected(v *visit, l schemas.Link, target string) {
	why := c.policy.refuses(target)
	switch {
	case int(l.Redirects) >= c.cfg.Fetch.MaxRedirects:
		v.page.Reason = string(schemas.TooManyRedirects)
		v.page.Detail = fmt.Sprintf("redirect %d, to %s: max_redirects is %d", l.Redirects+1, target, c.cfg.Fetch.MaxRedirects)
	case why != "":
		v.page.Reason = string(schemas.ScopeExcluded)
		v.page.Detail = fmt.Sprintf("redirects to %s: %s", target, why)
	default:
		v.page.Reason = string(schemas.PageRedirected)
		v.page.Detail = "redirects to " + target
		v.redirect = target
	}
}
