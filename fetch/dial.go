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

// dialer connects to hosts: it looks the name up itself, asks the guard, and only then lets the address be dialled.
type dialer struct {
	hosts    map[string]netip.Addr // names and *.suffixes
	resolver Resolver
	guard    *guard
	dial     DialFunc
	timeout  time.Duration
	open     *connections
}

// maxAddresses is how many of a host's addresses are tried: enough for one dead one in each address family, and a bound
// for a name that resolves to hundreds.
const maxAddresses = 4

func newDialer(c Config) (*dialer, error) {
	d := &dialer{hosts: map[string]netip.Addr{}, resolver: c.Resolver, guard: newGuard(c.AllowPrivate), dial: c.Dial,
		timeout: c.ConnectTimeout, open: newConnections()}
	for name, text := range c.Hosts {
		addr, err := netip.ParseAddr(text)
		if err != nil {
			return nil, fmt.Errorf("hosts: %s: %q is not an IP address", name, text)
		}
		d.hosts[strings.ToLower(name)] = addr
	}
	if d.dial == nil {
		d.dial = (&net.Dialer{Control: d.guard.control, KeepAlive: 30 * time.Second}).DialContext
	}
	return d, nil
}

// connect is an http.Transport's DialContext.
func (d *dialer) connect(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	return d.open.dial(ctx, func(ctx context.Context) (net.Conn, error) {
		limit := &timeoutError{"connecting to " + address, d.timeout, "connect timeout"}
		ctx, cancel := context.WithTimeoutCause(ctx, d.timeout, limit)
		defer cancel()
		conn, err := d.first(ctx, network, host, port)
		if err != nil && context.Cause(ctx) == limit {
			return nil, limit
		}
		return conn, err
	})
}

// resolve looks host up, so that its addresses are known when it is dialled: the wait for a resolver is ours, and no
// host's turn is held meanwhile.
func (d *dialer) resolve(ctx context.Context, host string) error {
	_, err := d.lookup(ctx, host)
	return err
}

// first returns a connection to the first address that accepts one.
func (d *dialer) first(ctx context.Context, network, host, port string) (net.Conn, error) {
	addrs, err := d.allowed(ctx, host)
	if err != nil {
		return nil, err
	}
	var errs []error
	for i, addr := range addrs {
		conn, err := d.share(ctx, network, net.JoinHostPort(addr.String(), port), len(addrs)-i)
		if err == nil {
			return conn, nil
		}
		errs = append(errs, err)
	}
	if cache, ok := d.resolver.(*names); ok {
		cache.forget(host)
	}
	return nil, errors.Join(errs...)
}

// share dials one of n addresses that are left with an n-th of the time that is left, so that one that swallows
// packets does not use it up for the others.
func (d *dialer) share(ctx context.Context, network, address string, n int) (net.Conn, error) {
	if end, ok := ctx.Deadline(); ok && n > 1 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time.Until(end)/time.Duration(n))
		defer cancel()
	}
	return d.dial(ctx, network, address)
}

// allowed looks host up and leaves out what the guard blocks. Its error is the guard's when nothing is left.
func (d *dialer) allowed(ctx context.Context, host string) ([]netip.Addr, error) {
	addrs, err := d.lookup(ctx, host)
	if err != nil {
		return nil, err
	}
	var open []netip.Addr
	var blocked error
	for _, addr := range addrs {
		if err := d.guard.check(addr); err != nil {
			blocked = err
		} else if len(open) < maxAddresses {
			open = append(open, addr.Unmap())
		}
	}
	if len(open) == 0 {
		if blocked == nil {
			blocked = &net.DNSError{Err: "no addresses", Name: host, IsNotFound: true}
		}
		return nil, blocked
	}
	return open, nil
}

func (d *dialer) lookup(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	if addr, ok := d.named(strings.TrimSuffix(host, ".")); ok {
		return []netip.Addr{addr}, nil
	}
	return d.resolver.LookupNetIP(ctx, "ip", host)
}

// named asks the table of hosts.
func (d *dialer) named(host string) (netip.Addr, bool) { return find(d.hosts, host) }

// find asks a table of hosts: the name itself first, then the longest suffix.
func find[A any](hosts map[string]A, host string) (addr A, ok bool) {
	if addr, ok = hosts[host]; ok {
		return addr, true
	}
	for suffix := host; ; {
		_, rest, ok := strings.Cut(suffix, ".")
		if !ok {
			return addr, false
		}
		if addr, ok := hosts["*."+rest]; ok {
			return addr, true
		}
		suffix = rest
	}
}
