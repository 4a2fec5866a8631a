package fetch

import (
	"fmt"
	"net/netip"
	"syscall"

	"code.dny.dev/ssrf"
)

// guard decides which addresses may be dialled. It works on what is dialled, after DNS, so that neither a name that
// resolves inwards nor one that changes its mind between two look-ups (DNS rebinding) gets through.
type guard struct{ guardian *ssrf.Guardian }

// azureHost answers to metadata requests inside Microsoft's cloud although it is a public address by the registries.
var azureHost = netip.MustParsePrefix("168.63.129.16/32")

// privateV4 and privateV6 are loopback, RFC 1918 and RFC 4193: what AllowPrivate opens. Link-local addresses, where
// clouds keep their metadata (169.254.169.254, fe80::/10), are not among them, nor multicast and unspecified ones; and
// fd00:ec2::/32 holds Amazon's metadata service for IPv6, so the whole of it stays shut.
var (
	privateV4 = []netip.Prefix{
		netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"),
		netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	}
	privateV6 = []netip.Prefix{netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("fc00::/7")}
	amazonV6  = netip.MustParsePrefix("fd00:ec2::/32")
)

func newGuard(allowPrivate bool) *guard {
	options := []ssrf.Option{ssrf.WithAnyPort(), ssrf.WithDeniedV4Prefixes(azureHost)}
	if allowPrivate {
		options = append(options, ssrf.WithAllowedV4Prefixes(privateV4...), ssrf.WithAllowedV6Prefixes(privateV6...))
	}
	return &guard{ssrf.New(options...)}
}

// check returns a *blockedError for an address that must not be dialled. An IPv4 address in IPv6 clothes is judged as
// what the kernel would dial.
func (g *guard) check(addr netip.Addr) error {
	addr = addr.Unmap()
	if amazonV6.Contains(addr) {
		return &blockedError{addr}
	}
	if g.guardian.SafeAddr(addr) != nil {
		return &blockedError{addr}
	}
	return nil
}

// control is for net.Dialer: the last look, at the very address that is about to be connected.
func (g *guard) control(_, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("address %s: %w", address, err)
	}
	return g.check(at.Addr())
}

// blockedError says which address was refused.
type blockedError struct{ addr netip.Addr }

func (e *blockedError) Error() string {
	return fmt.Sprintf("resolves to %s, which is not a public address (allow_private)", e.addr)
}
