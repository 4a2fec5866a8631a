package fetch

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// names is a Resolver that remembers. Each name is looked up once at a time, whoever asks; what was found, and that
// nothing was found, is believed for its time; and only so many look-ups run at once, because resolvers answer a flood
// by dropping queries, which turns good hosts into failed rows.
//
// The times to live are settings and not those of the records, which the Resolver interface does not tell.
type names struct {
	lookup *lookup
	cfg    Config
	run    func(func()) // starts a look-up's goroutine for an owner who waits for it

	mu    sync.Mutex
	known *recent[*nameEntry] // one that is still being looked up may be forgotten: those who wait hold it themselves
}

// nameEntry is set before done is closed, and read after.
type nameEntry struct {
	done    chan struct{}
	addrs   []netip.Addr
	err     error
	expires time.Time
}

// newNames returns the cache of one Fetcher. Look-ups end with ctx.
func newNames(ctx context.Context, c Config, run func(func())) *names {
	from := c.Resolver
	if from == nil {
		from = newSystemResolver((&net.Dialer{}).DialContext, packetPatience)
	}
	return &names{lookup: newLookup(ctx, from, c), cfg: c, run: run, known: newRecent[*nameEntry](c.DNSEntries)}
}

// LookupNetIP implements Resolver. Its error is ctx's cause or a *net.DNSError.
func (n *names) LookupNetIP(ctx context.Context, _, host string) ([]netip.Addr, error) {
	e := n.entry(host)
	select {
	case <-e.done:
		return e.addrs, e.err
	default:
	}
	select {
	case <-e.done:
		return e.addrs, e.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (n *names) entry(host string) *nameEntry {
	n.mu.Lock()
	defer n.mu.Unlock()
	if e, ok := n.known.get(host); ok && !e.over() {
		return e
	}
	e := &nameEntry{done: make(chan struct{})}
	n.known.put(host, e)
	n.run(func() {
		e.addrs, e.err = n.lookup.ask(host)
		e.expires = time.Now().Add(n.ttl(e.err))
		close(e.done)
	})
	return e
}

// over tells whether the answer is there and too old.
func (e *nameEntry) over() bool {
	select {
	case <-e.done:
		return !time.Now().Before(e.expires)
	default:
		return false
	}
}

func (n *names) ttl(err error) time.Duration {
	var dns *net.DNSError
	switch {
	case err == nil:
		return n.cfg.DNSTTL
	case errors.As(err, &dns) && dns.IsNotFound:
		return n.cfg.DNSGoneTTL
	}
	return n.cfg.DNSErrorTTL
}

// forget drops host's addresses, none of which could be connected to: the host may have moved since, or an overloaded
// resolver may have told only half of them. What is not known, or known not to be, stays.
func (n *names) forget(host string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	e, ok := n.known.get(host)
	if !ok {
		return
	}
	select {
	case <-e.done:
		if e.err == nil {
			n.known.drop(host)
		}
	default:
	}
}
