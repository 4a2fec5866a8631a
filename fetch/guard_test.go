package fetch

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// closed are addresses that are never public. private marks those that allow_private opens.
var closed = []struct {
	addr    string
	private bool
}{
	{"0.0.0.0", false}, {"0.1.2.3", false}, {"10.0.0.1", true}, {"10.255.255.255", true}, {"100.64.0.1", false},
	{"127.0.0.1", true}, {"127.255.255.254", true}, {"169.254.0.1", false}, {"169.254.169.254", false},
	{"172.16.0.1", true}, {"172.31.255.255", true}, {"192.0.0.1", false}, {"192.0.2.1", false}, {"192.88.99.1", false},
	{"192.168.0.1", true}, {"192.168.255.255", true}, {"198.18.0.1", false}, {"198.19.255.255", false},
	{"198.51.100.1", false}, {"203.0.113.1", false}, {"224.0.0.1", false}, {"239.255.255.255", false}, {"240.0.0.1", false},
	{"255.255.255.255", false}, {"168.63.129.16", false},
	{"::", false}, {"::1", true}, {"::127.0.0.1", false}, {"::ffff:127.0.0.1", true}, {"::ffff:10.0.0.1", true},
	{"::ffff:169.254.169.254", false}, {"::ffff:0:127.0.0.1", false}, {"::ffff:168.63.129.16", false},
	{"64:ff9b::127.0.0.1", false}, {"64:ff9b:1::10.0.0.1", false}, {"100::1", false}, {"2001::1", false},
	{"2001:db8::1", false}, {"2002:7f00:1::", false}, {"3fff::1", false}, {"5f00::1", false}, {"fc00::1", true},
	{"fd12:3456::1", true}, {"fd00:ec2::254", false}, {"fe80::1", false}, {"fe80::1%eth0", false}, {"fec0::1", false},
	{"ff02::1", false},
}

func TestGuardAddresses(t *testing.T) {
	t.Parallel()
	strict, open := newGuard(false), newGuard(true)
	for _, c := range closed {
		addr := netip.MustParseAddr(c.addr)
		if strict.check(addr) == nil {
			t.Errorf("%s is let through", c.addr)
		}
		if got := open.check(addr) == nil; got != c.private {
			t.Errorf("with allow_private %s is let through: %v", c.addr, got)
		}
		if err := strict.control("tcp", netip.AddrPortFrom(addr, 80).String(), nil); err == nil {
			t.Errorf("the dialer may connect to %s", c.addr)
		}
	}
	for _, public := range []string{"8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"} {
		if err := strict.check(netip.MustParseAddr(public)); err != nil {
			t.Errorf("%s: %v", public, err)
		}
	}
}

// resolver answers from a script: each look-up of a name takes the next answer, and the last one stays.
type resolver map[string][][]string

func (r resolver) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	answers := r[host]
	if len(answers) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if len(answers) > 1 {
		r[host] = answers[1:]
	}
	var addrs []netip.Addr
	for _, a := range answers[0] {
		addrs = append(addrs, netip.MustParseAddr(a))
	}
	return addrs, nil
}

// recorder notes what is dialled and connects nothing.
type recorder struct {
	dialled []string
	refuse  func(address string) bool
}

var errRefused = errors.New("refused")

func (r *recorder) dial(_ context.Context, _, address string) (net.Conn, error) {
	r.dialled = append(r.dialled, address)
	if r.refuse != nil && r.refuse(address) {
		return nil, errRefused
	}
	conn, other := net.Pipe()
	other.Close()
	return conn, nil
}

func TestDialerChoosesAddresses(t *testing.T) {
	t.Parallel()
	names := resolver{
		"public.test":  {{"8.8.8.8"}},
		"mixed.test":   {{"127.0.0.1", "8.8.8.8", "::1", "10.0.0.1"}},
		"inner.test":   {{"127.0.0.1", "10.0.0.1"}},
		"two.test":     {{"8.8.8.8", "8.8.4.4"}},
		"many.test":    {{"8.0.0.1", "8.0.0.2", "8.0.0.3", "8.0.0.4", "8.0.0.5", "8.0.0.6"}},
		"empty.test":   {{}},
		"mapped.test":  {{"::ffff:127.0.0.1"}},
		"onlyv6.test":  {{"2606:4700::1111"}},
		"rebound.test": {{"8.8.8.8"}, {"127.0.0.1"}},
	}
	hosts := map[string]string{"exact.test": "8.1.1.1", "*.wild.test": "8.2.2.2", "*.deep.wild.test": "8.3.3.3",
		"hidden.test": "127.0.0.1", "metadata.test": "169.254.169.254"}
	for _, c := range []struct {
		address, want, err string
	}{
		{"public.test:80", "8.8.8.8:80", ""},
		{"mixed.test:80", "8.8.8.8:80", ""},
		{"inner.test:80", "", "10.0.0.1, which is not a public address (allow_private)"},
		{"two.test:80", "8.8.8.8:80 8.8.4.4:80", ""},
		{"many.test:80", "8.0.0.1:80 8.0.0.2:80 8.0.0.3:80 8.0.0.4:80", "refused"},
		{"empty.test:80", "", "no addresses"},
		{"mapped.test:80", "", "127.0.0.1, which is not"},
		{"onlyv6.test:443", "[2606:4700::1111]:443", ""},
		{"nowhere.test:80", "", "no such host"},
		{"rebound.test:80", "8.8.8.8:80", ""},
		{"rebound.test:80", "", "127.0.0.1, which is not"},
		{"127.0.0.1:80", "", "127.0.0.1, which is not"},
		{"[::1]:80", "", "::1, which is not"},
		{"exact.test:80", "8.1.1.1:80", ""},
		{"a.wild.test:80", "8.2.2.2:80", ""},
		{"b.a.wild.test:80", "8.2.2.2:80", ""},
		{"a.deep.wild.test:80", "8.3.3.3:80", ""},
		{"wild.test:80", "", "no such host"},
		{"exact.test.:80", "8.1.1.1:80", ""},
		{"hidden.test:80", "", "127.0.0.1, which is not"},
		{"metadata.test:80", "", "169.254.169.254, which is not"},
	} {
		r := &recorder{refuse: func(a string) bool {
			return strings.HasPrefix(a, "8.8.8.8") && c.address == "two.test:80" || strings.HasPrefix(a, "8.0.0.")
		}}
		d, err := newDialer(Config{Hosts: hosts, Resolver: names, Dial: r.dial}.withDefaults())
		if err != nil {
			t.Fatal(err)
		}
		conn, err := d.connect(t.Context(), "tcp", c.address)
		if got := strings.Join(r.dialled, " "); got != c.want {
			t.Errorf("%s: dialled %q, want %q", c.address, got, c.want)
		}
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: error %v, want %q", c.address, err, c.err)
		}
		if conn != nil {
			conn.Close()
		}
	}
}

// One address that swallows packets leaves time for the next.
func TestDialerSharesItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var dialled []string
		d, err := newDialer(Config{
			Resolver: resolver{"a.test": {{"8.0.0.1", "8.0.0.2"}}, "b.test": {{"8.0.0.1"}}},
			Dial: func(ctx context.Context, _, address string) (net.Conn, error) {
				dialled = append(dialled, address)
				<-ctx.Done()
				return nil, ctx.Err()
			},
		}.withDefaults())
		if err != nil {
			t.Fatal(err)
		}
		for _, address := range []string{"a.test:80", "b.test:80"} {
			start := time.Now()
			_, err = d.connect(t.Context(), "tcp", address)
			if took := time.Since(start); took != 5*time.Second {
				t.Errorf("%s took %v", address, took)
			}
			if err == nil || err.Error() != "connecting to "+address+" took longer than 5s (connect timeout)" {
				t.Errorf("%s: %v", address, err)
			}
		}
		if !slices.Equal(dialled, []string{"8.0.0.1:80", "8.0.0.2:80", "8.0.0.1:80"}) {
			t.Errorf("dialled %v", dialled)
		}
	})
}

func TestNewRefusesBadHosts(t *testing.T) {
	t.Parallel()
	if _, err := New(Config{Hosts: map[string]string{"a.test": "b.test"}}); err == nil || !strings.Contains(err.Error(), "a.test") {
		t.Errorf("error %v", err)
	}
}

// A canary on loopback must never be reached by a Fetcher that was not told so: not by its address in any spelling, not
// by a name, and not by a redirect from a public host.
func TestNothingInwardIsDialled(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var hits atomic.Int64
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			hits.Add(1)
			conn.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	f, err := New(Config{Resolver: resolver{"inner.test": {{"127.0.0.1"}}, "localhost": {{"127.0.0.1", "::1"}}}, Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, host := range []string{"127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]",
		"[::ffff:127.0.0.1]", "[::127.0.0.1]", "localhost", "inner.test", "0.0.0.0", "0", "１２７.0.0.1"} {
		r, err := f.Get(t.Context(), Request{URL: "http://" + host + ":" + port + "/x.jpg"})
		if err != nil || r.Reason != "address_blocked" || !strings.Contains(r.Detail, "allow_private") {
			t.Errorf("%s: %q, %q, %v", host, r.Reason, r.Detail, err)
		}
	}
	if hits.Load() != 0 {
		t.Errorf("the canary was reached %d times", hits.Load())
	}
}
