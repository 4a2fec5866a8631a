package fetch

import (
	"container/list"
	"context"
	"sync"
	"time"

	"pairmill/fetch/robots"
	"pairmill/schemas"
)

// verdict is what is known of one origin's robots.txt. reason is set when nothing may be requested.
type verdict struct {
	rules  *robots.Rules
	reason schemas.Reason
	detail string
}

// robotsCache keeps verdicts per origin (scheme, host and port, RFC 9309 section 2.3): each is asked for once at a time,
// believed for its time, and the longest unused are forgotten when the rules of all together grow too large.
type robotsCache struct {
	ask func(origin string) verdict // in a goroutine of its own
	run func(func())                // starts that goroutine for an owner who waits for it
	cfg Config

	mu      sync.Mutex
	entries map[string]*list.Element
	used    list.List // of *robotsEntry, the latest used first
	cost    int64
}

type robotsEntry struct {
	origin  string
	done    chan struct{} // closed when verdict, expires and cost are set
	verdict verdict
	expires time.Time
	cost    int64
}

func newRobotsCache(c Config, ask func(string) verdict, run func(func())) *robotsCache {
	return &robotsCache{ask: ask, run: run, cfg: c, entries: map[string]*list.Element{}}
}

// get waits for origin's verdict. Its error is ctx's cause.
func (c *robotsCache) get(ctx context.Context, origin string) (verdict, error) {
	e := c.entry(origin)
	select {
	case <-e.done:
		return e.verdict, nil
	case <-ctx.Done():
		return verdict{}, context.Cause(ctx)
	}
}

func (c *robotsCache) entry(origin string) *robotsEntry {
	c.mu.Lock()
	defer c.mu.Unlock()
	if place, ok := c.entries[origin]; ok {
		e := place.Value.(*robotsEntry)
		if !e.over(time.Now()) {
			c.used.MoveToFront(place)
			return e
		}
		c.remove(place)
	}
	e := &robotsEntry{origin: origin, done: make(chan struct{})}
	c.entries[origin] = c.used.PushFront(e)
	c.run(func() { c.fill(e) })
	return e
}

// over tells whether the verdict is there and too old.
func (e *robotsEntry) over(now time.Time) bool {
	select {
	case <-e.done:
		return now.After(e.expires)
	default:
		return false
	}
}

func (c *robotsCache) fill(e *robotsEntry) {
	v := c.ask(e.origin)
	c.mu.Lock()
	defer c.mu.Unlock()
	ttl := c.cfg.RobotsTTL
	e.cost = int64(len(e.origin)+len(v.detail)) + 256 // the entry, its channel and its places in map and list
	if v.reason != "" {
		ttl = c.cfg.RobotsRetry
	} else {
		e.cost += int64(v.rules.Cost())
	}
	e.verdict, e.expires = v, time.Now().Add(ttl)
	c.cost += e.cost
	close(e.done)
	c.evict()
}

// evict forgets from the end. An entry that is still being asked for costs nothing yet and stays, so that nobody asks
// again meanwhile. The caller holds the lock.
func (c *robotsCache) evict() {
	for place := c.used.Back(); place != nil && c.cost > c.cfg.MaxRobotsBytes; {
		e, earlier := place.Value.(*robotsEntry), place.Prev()
		if e.cost > 0 {
			c.remove(place)
		}
		place = earlier
	}
}

// remove forgets one. The caller holds the lock.
func (c *robotsCache) remove(place *list.Element) {
	e := c.used.Remove(place).(*robotsEntry)
	delete(c.entries, e.origin)
	c.cost -= e.cost
}

// robotsVerdict reads the answer to a request for robots.txt, by RFC 9309 section 2.3.1: a 4xx, or too many redirects,
// means that there are no rules; a 5xx, or no answer, that nothing may be requested. 429 counts with the latter, as with
// Google: it says too much, not nothing here. When not even a connection came about, the host's own trouble is the
// better reason for everything on it.
func (f *Fetcher) robotsVerdict(r Response) verdict {
	switch {
	case r.Reason == "":
		return verdict{rules: f.parseRobots(r.Body)}
	case r.Status/100 == 4 && r.Status != 429, r.Reason == schemas.BodyEmpty, r.Reason == schemas.TooManyRedirects,
		r.Reason == schemas.HTTPStatus && r.Status/100 == 2:
		return verdict{rules: new(robots.Rules)}
	case r.Address == "" && r.Redirects == 0 && isHostTrouble(r.Reason):
		return verdict{reason: r.Reason, detail: r.Detail}
	}
	return verdict{reason: schemas.RobotsUnreach, detail: detail("robots.txt: %s: %s", r.Reason, r.Detail)}
}

// parseRobots reads the rules for us, and those for the configured token besides: what either forbids is forbidden, and
// the longer Crawl-delay holds.
func (f *Fetcher) parseRobots(text []byte) *robots.Rules {
	rules := robots.Parse(text, Product)
	if f.cfg.Token == "" {
		return rules
	}
	return rules.And(robots.Parse(text, robots.Token(f.cfg.Token)))
}

func isHostTrouble(r schemas.Reason) bool {
	switch r {
	case schemas.NXDomain, schemas.DNSError, schemas.ConnectError, schemas.TLSError, schemas.Timeout, schemas.AddressBlocked:
		return true
	}
	return false
}
