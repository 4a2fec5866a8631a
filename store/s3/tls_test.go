package s3_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"pairmill/store"
	"pairmill/store/s3"
	"pairmill/store/s3/s3test"
	"pairmill/store/storetest"
)

// hosts notes which names a store connects to, and connects to loopback instead.
type hosts struct {
	mu   sync.Mutex
	seen map[string]bool // guarded by mu
}

func (h *hosts) names() (out []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name := range h.seen {
		out = append(out, name)
	}
	return out
}

func onLoopback(cfg s3.Config) (s3.Config, *hosts) {
	h := &hosts{seen: map[string]bool{}}
	return cfg.WithTransport(func(inner http.RoundTripper) http.RoundTripper {
		t := inner.(*http.Transport)
		dial := t.DialContext
		t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(addr)
			if err != nil {
				return nil, err
			}
			h.mu.Lock()
			h.seen[host] = true
			h.mu.Unlock()
			return dial(ctx, network, net.JoinHostPort("127.0.0.1", port))
		}
		return t
	}), h
}

// byHost makes a configuration whose bucket stands in the host's name.
func byHost(t testing.TB, cfg s3.Config) s3.Config {
	t.Helper()
	u, err := url.Parse(cfg.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Endpoint, cfg.Style = u.Scheme+"://"+net.JoinHostPort(s3test.Domain, u.Port()), "host"
	return cfg
}

// Every promise holds over TLS, with the bucket in the host's name.
func TestStoreOverTLS(t *testing.T) {
	t.Parallel()
	cfg := s3test.StartTLS(t)
	t.Run("bucket in the path", func(t *testing.T) {
		t.Parallel()
		s := open(t, own(t, cfg))
		if err := s.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		story(t, s)
	})
	t.Run("bucket in the host", func(t *testing.T) {
		t.Parallel()
		cfg, seen := onLoopback(byHost(t, cfg))
		t.Cleanup(func() {
			if names := seen.names(); len(names) != 1 || names[0] != s3test.Bucket+"."+s3test.Domain {
				t.Errorf("connected to %q, want %s.%s alone", names, s3test.Bucket, s3test.Domain)
			}
		})
		storetest.Run(t, func(t *testing.T) store.Store { return open(t, own(t, cfg)) })
	})
}

// checked runs Check in a process of its own and returns what it says: which certificates a process trusts is read once.
func checked(t *testing.T, cfg s3.Config, location string, env ...string) string {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := exec.CommandContext(t.Context(), binary)
	p.Env = append(os.Environ(), append(env, checkLocation+"="+location, "AWS_ACCESS_KEY_ID="+cfg.AccessKey, "AWS_SECRET_ACCESS_KEY="+string(cfg.SecretKey))...)
	out, err := p.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out)
}

// checkLocation makes the test binary check a location instead of running tests.
const checkLocation = "PAIRMILL_TEST_CHECK"

func check(location string) error {
	cfg, err := s3.Parse(location, os.Getenv)
	if err != nil {
		return err
	}
	s, err := s3.New(cfg)
	if err != nil {
		return err
	}
	return errors.Join(s.Check(context.Background()), s.Close())
}

// The ways to say which certificates to trust, and what is said where none was used.
func TestTrust(t *testing.T) {
	t.Parallel()
	cfg := s3test.StartTLS(t)
	location := "s3://" + cfg.Bucket + "/trust?endpoint=" + url.QueryEscape(cfg.Endpoint)
	for name, c := range map[string]struct {
		location string
		env      []string
	}{
		"AWS_CA_BUNDLE":                        {location, []string{"AWS_CA_BUNDLE=" + cfg.CAFile}},
		"SSL_CERT_FILE":                        {location, []string{"SSL_CERT_FILE=" + cfg.CAFile}},
		"in the location, beside the system's": {location + "&ca=" + url.QueryEscape(cfg.CAFile), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if said := checked(t, cfg, c.location, c.env...); said != "ok\n" {
				t.Error(said)
			}
		})
	}
	t.Run("none", func(t *testing.T) {
		t.Parallel()
		said := checked(t, cfg, location)
		for _, want := range []string{cfg.Endpoint, "CN=" + s3test.Server, "CN=" + s3test.Authority, "AWS_CA_BUNDLE", "ca="} {
			if !strings.Contains(said, want) {
				t.Errorf("%q is not in: %s", want, said)
			}
		}
	})
}

// A certificate that another attempt would not change is asked for once, by every operation.
func TestUntrustedCertificateIsNotRetried(t *testing.T) {
	t.Parallel()
	cfg := s3test.StartTLS(t)
	cfg.CAFile = ""
	cfg, traffic := counted(cfg)
	s := open(t, cfg)
	n := int64(0)
	for op, err := range everything(t.Context(), s) {
		n++
		if err == nil || !strings.Contains(err.Error(), "CN="+s3test.Server) || !strings.Contains(err.Error(), "AWS_CA_BUNDLE") {
			t.Errorf("%s: %v", op, err)
		}
	}
	if traffic.requests.Load() != n {
		t.Errorf("%d requests for %d operations", traffic.requests.Load(), n)
	}
}

// withCertificate is a server with a certificate of its own making, which is trusted as far as it goes.
func withCertificate(t *testing.T, change func(*x509.Certificate)) s3.Config {
	t.Helper()
	srv := httptest.NewUnstartedServer(http.NotFoundHandler())
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // it would tell of each handshake that did not come about
	cert := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a server"}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	change(cert)
	pair, file := s3test.SelfSigned(t, cert)
	srv.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	return s3.Config{Bucket: "bucket", Endpoint: srv.URL, AccessKey: testKey, SecretKey: testSecret, CAFile: file, Attempts: 2}
}

// What is wrong with a certificate decides what is said about it.
func TestBadCertificates(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*x509.Certificate)
		style  string
		want   []string
	}{
		"expired":         {func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }, "", []string{"expired", "clock", "CN=a server"}},
		"not yet valid":   {func(c *x509.Certificate) { c.NotBefore = time.Now().Add(30 * time.Minute) }, "", []string{"not yet valid", "clock"}},
		"another name":    {func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"other.test"} }, "", []string{"127.0.0.1", "a name that stands in the certificate"}},
		"bucket's own":    {func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{s3test.Domain} }, "host", []string{"bucket." + s3test.Domain, "style=path"}},
		"nothing against": {func(*x509.Certificate) {}, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := withCertificate(t, c.change)
			if c.style == "host" {
				cfg, _ = onLoopback(byHost(t, cfg))
			}
			_, err := open(t, cfg).Open(t.Context(), "k")
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in: %v", want, err)
				}
			}
			if c.want == nil && !errors.Is(err, store.ErrNotExist) {
				t.Error(err)
			}
			if strings.Contains(fmt.Sprint(err), "AWS_CA_BUNDLE") {
				t.Errorf("what is trusted is not at fault: %v", err)
			}
		})
	}
}

// The endpoint's scheme is not the server's.
func TestWrongScheme(t *testing.T) {
	t.Parallel()
	encrypted := s3test.StartTLS(t)
	encrypted.Endpoint = strings.Replace(encrypted.Endpoint, "https:", "http:", 1)
	answering := withCertificate(t, func(*x509.Certificate) {})
	answering.Endpoint = strings.Replace(answering.Endpoint, "https:", "http:", 1)
	plain := s3test.Start(t)
	absent := plain
	absent.Bucket = "absent-bucket"
	plain.Endpoint = strings.Replace(plain.Endpoint, "http:", "https:", 1)
	nobody := s3.Config{Bucket: "bucket", Endpoint: "http://127.0.0.1:1", AccessKey: testKey, SecretKey: testSecret}
	for name, c := range map[string]struct {
		cfg         s3.Config
		want, wrong string
	}{
		"TLS asked without":                    {encrypted, "write it with https://", "http://,"},
		"TLS asked without, with an answer":    {answering, "write it with https://", "http://,"},
		"no TLS asked with":                    {plain, "write it with http://", "write it with https://"},
		"neither, for nobody listens":          {nobody, "connection refused", "write it with"},
		"without, and the bucket is not there": {absent, "create it", "write it with"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := open(t, c.cfg).Check(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}
