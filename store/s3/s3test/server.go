// Package s3test runs a real S3 server for tests: versitygw, on loopback, with its objects in a temporary folder.
//
// tools/versitygw.sh builds the server. Where it is missing, tests skip and say so, unless PAIRMILL_REQUIRE_S3 is set.
// PAIRMILL_TEST_S3_URL names another server's location (s3://bucket/prefix?endpoint=…, credentials from the environment)
// to run the same tests there; each Start gets a prefix of its own in it.
package s3test

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"pairmill/store/s3"
)

// version is the one that tools/versitygw.sh builds.
const version = "v1.8.0"

// Bucket is the bucket that the server has.
const Bucket = "pairmill-test"

// Domain is what StartTLS's server answers for besides its address: Bucket.Domain is the bucket there. No resolver knows it.
const Domain = "s3.pairmill.test"

// Start runs a server until the test ends and returns where its bucket is.
func Start(t testing.TB) s3.Config {
	t.Helper()
	return run(t, "")
}

// StartTLS is Start for a server that speaks TLS only. Its certificate, for its address, Domain and the buckets of Domain, is
// trusted by the configuration returned. It needs the server of tools/versitygw.sh.
func StartTLS(t testing.TB) s3.Config {
	t.Helper()
	if os.Getenv("PAIRMILL_TEST_S3_URL") != "" {
		t.Skip("PAIRMILL_TEST_S3_URL names another server: its certificate is not ours")
	}
	return run(t, certificates(t))
}

// run starts a server, with the certificates in a folder, if there is one.
func run(t testing.TB, certs string) s3.Config {
	t.Helper()
	if location := os.Getenv("PAIRMILL_TEST_S3_URL"); location != "" {
		c, err := s3.Parse(location, os.Getenv)
		if err != nil {
			t.Fatal(err)
		}
		c.Prefix += "test-" + rand.Text() + "/"
		return c
	}
	binary := binary(t)
	var err error
	for range 3 { // a port that was free may be taken before the server has it
		var cfg s3.Config
		if cfg, err = start(t, binary, certs); err == nil {
			return cfg
		}
	}
	t.Fatal(err)
	return s3.Config{}
}

func binary(t testing.TB) string {
	t.Helper()
	path := os.Getenv("PAIRMILL_VERSITYGW")
	if path == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		path = filepath.Join(cache, "pairmill", "versitygw", version, "versitygw")
	}
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("PAIRMILL_REQUIRE_S3") != "" {
			t.Fatalf("no S3 server: %v (tools/versitygw.sh builds it)", err)
		}
		t.Skipf("no S3 server: %v (tools/versitygw.sh builds it)", err)
	}
	return path
}

// start runs the server on a free port and waits until it serves.
func start(t testing.TB, binary, certs string) (s3.Config, error) {
	addr, err := freeAddr()
	if err != nil {
		return s3.Config{}, err
	}
	cfg := s3.Config{
		Bucket: Bucket, Endpoint: "http://" + addr, AccessKey: "pairmill", SecretKey: s3.Secret(rand.Text()),
		RetryWait: 5 * time.Millisecond,
	}
	dir := t.TempDir()
	for _, sub := range []string{"objects/" + Bucket, "meta"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o755); err != nil {
			return s3.Config{}, err
		}
	}
	args := []string{"--port", addr, "--quiet"}
	if certs != "" {
		_, port, _ := net.SplitHostPort(addr)
		cfg.Endpoint, cfg.CAFile = "https://"+addr, filepath.Join(certs, caFile)
		args = append(args, "--cert", filepath.Join(certs, certFile), "--key", filepath.Join(certs, keyFile), "--virtual-domain", net.JoinHostPort(Domain, port))
	}
	args = append(args, "posix", "--sidecar", filepath.Join(dir, "meta"), filepath.Join(dir, "objects"))
	p := exec.Command(binary, args...)
	p.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+cfg.AccessKey, "ROOT_SECRET_KEY="+string(cfg.SecretKey))
	said := &output{}
	p.Stdout, p.Stderr = said, said
	if err := p.Start(); err != nil {
		return s3.Config{}, err
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.Wait()
		cancel()
	}()
	stop := func() {
		p.Process.Kill()
		<-ended
	}
	if err := serves(ctx, cfg); err != nil {
		stop()
		return s3.Config{}, fmt.Errorf("versitygw on %s: %w; it says: %s", addr, err, said)
	}
	t.Cleanup(stop)
	cfg.RetryWait = 0
	return cfg, nil
}

func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// patience is how many checks a server that starts may fail; one takes a good half of a second.
const patience = 60

// serves waits until the server answers to its key, which no other server on that port would.
func serves(ctx context.Context, cfg s3.Config) error {
	s, err := s3.New(cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	for range patience {
		if err = s.Check(ctx); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// output keeps what the server says.
type output struct {
	mu  sync.Mutex
	buf bytes.Buffer // guarded by mu
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}
