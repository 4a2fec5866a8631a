package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"
)

// lookup asks a Resolver with patience: a few at a time, each for a while, and again when it does not answer.
type lookup struct {
	from    Resolver
	ctx     context.Context // ends all look-ups
	slots   chan struct{}   // one for each look-up in flight
	timeout time.Duration
	tries   int
}

// firstLookupPause is waited before the second look-up of a name, and twice that before each further one, so that what
// overloads a resolver is not made worse. No slot is held meanwhile: names never asked for go first.
const firstLookupPause = 250 * time.Millisecond

func newLookup(ctx context.Context, from Resolver, c Config) *lookup {
	return &lookup{from: from, ctx: ctx, slots: make(chan struct{}, c.DNSLookups), timeout: c.DNSTimeout, tries: c.DNSTries}
}

// ask looks host up until there is an answer. Its error is a *net.DNSError, or the context's cause.
func (l *lookup) ask(host string) ([]netip.Addr, error) {
	pause := firstLookupPause
	for try := 1; ; try++ {
		addrs, err := l.once(host)
		if l.ctx.Err() != nil {
			return nil, context.Cause(l.ctx)
		}
		if err == nil && len(addrs) == 0 {
			err = &net.DNSError{Err: "no addresses", Name: host, IsNotFound: true}
		}
		var dns *net.DNSError
		switch {
		case err == nil:
			return addrs, nil
		case errors.As(err, &dns) && dns.IsNotFound:
			return nil, &net.DNSError{Err: dns.Err, Name: host, IsNotFound: true}
		case try >= l.tries:
			return nil, l.failure(host, err)
		}
		if err := sleep(l.ctx, pause); err != nil {
			return nil, err
		}
		pause *= 2
	}
}

// once asks once, in its turn.
func (l *lookup) once(host string) ([]netip.Addr, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.ctx.Done():
		return nil, l.ctx.Err()
	}
	defer func() { <-l.slots }()
	ctx, cancel := context.WithTimeout(l.ctx, l.timeout)
	defer cancel()
	return l.from.LookupNetIP(ctx, "ip", host)
}

// failure is what is said of a name that could not be looked up, without servers and ports, which differ between runs.
func (l *lookup) failure(host string, err error) error {
	said := err.Error()
	var dns *net.DNSError
	if errors.As(err, &dns) {
		said = dns.Err
	}
	switch {
	case isTimeout(err):
		said = "no answer"
	case strings.Contains(said, "->"): // "read udp 10.0.0.1:34567->10.0.0.2:53: read: connection refused"
		said = said[strings.LastIndex(said, ": ")+2:]
	}
	return &net.DNSError{Err: fmt.Sprintf("%s, asked %d times (dns tries)", said, l.tries), Name: host, IsTemporary: true}
}
