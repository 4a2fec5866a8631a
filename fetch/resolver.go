package fetch

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// systemResolver asks the name servers of /etc/resolv.conf in pure Go. The C library's resolver would hold a thread of
// the operating system for every look-up, could not be cancelled, and blurs the line between a name that does not exist
// and a server that does not answer; what only it knows (LDAP, mDNS) are not names of the public web.
type systemResolver struct{ resolver *net.Resolver }

// packetPatience is how long one query waits before it is sent again. The 5 s of resolv.conf are from the days of
// modems; a name server that has to ask around for a name answers nearly always within 1 s, and has the answer by the
// next query when it does not.
const packetPatience = time.Second

// newSystemResolver takes the way to the name servers, which a test may lead elsewhere.
func newSystemResolver(dial DialFunc, patience time.Duration) systemResolver {
	return systemResolver{&net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if udp, ok := conn.(*net.UDPConn); ok && err == nil {
			return brisk{udp, patience}, nil
		}
		return conn, err
	}}}
}

// LookupNetIP implements Resolver: IPv4 addresses first, because broken routes are the more frequent for IPv6. A name with
// a dot is looked up as it stands: the search list of resolv.conf would double the queries for names that do not exist,
// and could find another host's address.
//
// The two kinds are asked for apart, since net forgets a kind whose query was lost when the other kind's answer is that
// there are none, and says that the host does not exist. IPv4 addresses are enough; "does not exist" takes both; and a
// kind that got no answer while the other did is asked for once more, because the server lives.
func (s systemResolver) LookupNetIP(ctx context.Context, _, host string) ([]netip.Addr, error) {
	if strings.Contains(host, ".") && !strings.HasSuffix(host, ".") {
		host += "."
	}
	ask := func(network string) (a family) {
		a.addrs, a.err = s.resolver.LookupNetIP(ctx, network, host)
		return a
	}
	var v4, v6 family
	var asking sync.WaitGroup
	asking.Go(func() { v6 = ask("ip6") })
	v4 = ask("ip4")
	asking.Wait()
	switch {
	case !v4.known() && v6.known():
		v4 = ask("ip4")
	case v4.known() && len(v4.addrs) == 0 && !v6.known():
		v6 = ask("ip6")
	}
	if addrs := append(v4.addrs, v6.addrs...); len(addrs) > 0 {
		return addrs, nil
	}
	if v4.known() {
		return nil, v6.err
	}
	return nil, v4.err
}

// family is what is found of one kind of address.
type family struct {
	addrs []netip.Addr
	err   error
}

// known tells an answer, which may be that there are none, from the lack of one.
func (a family) known() bool {
	var dns *net.DNSError
	return a.err == nil || errors.As(a.err, &dns) && dns.IsNotFound
}

// brisk is a query's socket. It stays a net.PacketConn, by which net tells datagrams from streams.
type brisk struct {
	*net.UDPConn
	patience time.Duration
}

// SetDeadline sets the earlier of t and the query's patience.
func (b brisk) SetDeadline(t time.Time) error {
	if soon := time.Now().Add(b.patience); t.IsZero() || soon.Before(t) {
		t = soon
	}
	return b.UDPConn.SetDeadline(t)
}
