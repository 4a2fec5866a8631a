package nats

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"pairmill/internal/testutil"
	"pairmill/schemas"
)

// lair holds files with secrets, and remembers what must be in no message.
type lair struct {
	t       *testing.T
	dir     string
	secrets []string
}

func newLair(t *testing.T) *lair { return &lair{t: t, dir: t.TempDir()} }

// file writes a file and returns its name.
func (l *lair) file(name string, text []byte) string {
	l.t.Helper()
	path := filepath.Join(l.dir, name)
	if err := os.WriteFile(path, text, 0o600); err != nil {
		l.t.Fatal(err)
	}
	return path
}

func (l *lair) secret(s string) { l.secrets = append(l.secrets, s) }

// key makes a pair of keys of a kind.
func (l *lair) key(make func() (nkeys.KeyPair, error)) (pair nkeys.KeyPair, public string, seed []byte) {
	l.t.Helper()
	pair, err := make()
	if err != nil {
		l.t.Fatal(err)
	}
	public, err = pair.PublicKey()
	seed, serr := pair.Seed()
	if err := errors.Join(err, serr); err != nil {
		l.t.Fatal(err)
	}
	l.secret(string(seed))
	return pair, public, seed
}

// authority signs certificates.
type authority struct {
	l    *lair
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func (l *lair) authority(name string) *authority {
	a := &authority{l: l, cert: &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}}
	var der []byte
	der, a.key = a.sign(a.cert)
	a.file = l.file(name+".pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return a
}

// sign makes a key and a certificate for it; the authority's own when it has no key yet.
func (a *authority) sign(c *x509.Certificate) ([]byte, *ecdsa.PrivateKey) {
	a.l.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.l.t.Fatal(err)
	}
	signer := a.key
	if signer == nil {
		signer = key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, key.Public(), signer)
	if err != nil {
		a.l.t.Fatal(err)
	}
	return der, key
}

// issue writes a certificate for 127.0.0.1 and its key.
func (a *authority) issue(name string, end time.Duration) (cert, key string) {
	a.l.t.Helper()
	der, k := a.sign(&x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		NotBefore:   time.Now().Add(-time.Hour), NotAfter: time.Now().Add(end),
	})
	raw, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		a.l.t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
	a.l.secret(strings.Split(string(text), "\n")[1])
	return a.l.file(name+".crt", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), a.l.file(name+".key", text)
}

// serverTLS is how a server shows itself, and whose clients it takes when that is not nil.
func (a *authority) serverTLS(clients *authority) *tls.Config {
	a.l.t.Helper()
	cert, key := a.issue("server", time.Hour)
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		a.l.t.Fatal(err)
	}
	c := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
	if clients != nil {
		c.ClientCAs = x509.NewCertPool()
		c.ClientCAs.AddCert(clients.parsed())
		c.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return c
}

func (a *authority) parsed() *x509.Certificate {
	text, err := os.ReadFile(a.file)
	if err != nil {
		a.l.t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	c, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		a.l.t.Fatal(err)
	}
	return c
}

// operator is a NATS operator with one account, in the way of JWTs.
type operator struct {
	l       *lair
	account nkeys.KeyPair
	set     func(*server.Options)
}

func (l *lair) operator() *operator {
	l.t.Helper()
	root, rootID, _ := l.key(nkeys.CreateOperator)
	_, system, _ := l.key(nkeys.CreateAccount)
	account, accountID, _ := l.key(nkeys.CreateAccount)
	claims := jwt.NewOperatorClaims(rootID)
	claims.SystemAccount = system
	if _, err := claims.Encode(root); err != nil {
		l.t.Fatal(err)
	}
	resolver := &server.MemAccResolver{}
	for _, id := range []string{system, accountID} {
		a := jwt.NewAccountClaims(id)
		if id == accountID {
			a.Limits.JetStreamLimits = jwt.JetStreamLimits{MemoryStorage: -1, DiskStorage: -1, Streams: -1, Consumer: -1}
		}
		text, err := a.Encode(root)
		if err == nil {
			err = resolver.Store(id, text)
		}
		if err != nil {
			l.t.Fatal(err)
		}
	}
	return &operator{l: l, account: account, set: func(o *server.Options) {
		o.TrustedOperators = []*jwt.OperatorClaims{claims}
		o.SystemAccount, o.AccountResolver = system, resolver
	}}
}

// user writes a credentials file.
func (o *operator) user(name string, end time.Time) string {
	o.l.t.Helper()
	_, id, seed := o.l.key(nkeys.CreateUser)
	claims := jwt.NewUserClaims(id)
	if !end.IsZero() {
		claims.Expires = end.Unix()
	}
	token, err := claims.Encode(o.account)
	if err != nil {
		o.l.t.Fatal(err)
	}
	o.l.secret(token[strings.LastIndexByte(token, '.')+1:])
	text, err := jwt.FormatUserConfig(token, seed)
	if err != nil {
		o.l.t.Fatal(err)
	}
	return o.l.file(name+".creds", text)
}

// TestWhoWeAre: each way of showing who we are and whom we believe, against servers that want it; and what is wrong is said.
func TestWhoWeAre(t *testing.T) {
	t.Parallel()
	l := newLair(t)
	_, user, seed := l.key(nkeys.CreateUser)
	_, stranger, strangerSeed := l.key(nkeys.CreateUser)
	_, _, accountSeed := l.key(nkeys.CreateAccount)
	nk, strangerNK := l.file("user.nk", seed), l.file("stranger.nk", strangerSeed)
	ours, theirs := l.authority("ours"), l.authority("theirs")
	cert, key := ours.issue("client", time.Hour)
	strangerCert, strangerKey := theirs.issue("stranger", time.Hour)
	oldCert, oldKey := ours.issue("old", -time.Minute)
	op, otherOp := l.operator(), l.operator()
	creds, late := op.user("user", time.Time{}), op.user("late", time.Now().Add(-time.Hour))
	strangerCreds := otherOp.user("foreign", time.Time{})
	mixed := mix(t, l, creds, strangerCreds)
	empty := l.file("empty", []byte("\n"))

	servers := map[string]func(*server.Options){
		"open":  func(*server.Options) {},
		"nkey":  func(o *server.Options) { o.Nkeys = []*server.NkeyUser{{Nkey: user}} },
		"tls":   func(o *server.Options) { o.TLSConfig, o.TLSTimeout = ours.serverTLS(nil), 5 },
		"mtls":  func(o *server.Options) { o.TLSConfig, o.TLSTimeout, o.TLSVerify = ours.serverTLS(ours), 5, true },
		"creds": op.set,
		"all": func(o *server.Options) {
			op.set(o)
			o.TLSConfig, o.TLSTimeout, o.TLSVerify = ours.serverTLS(ours), 5, true
		},
	}
	var said sayings
	for _, c := range []struct {
		server string
		cfg    Config
		want   []string // in the error; none: it works
	}{
		{"nkey", Config{NKey: nk}, nil},
		{"tls", Config{CA: ours.file}, nil},
		{"mtls", Config{CA: ours.file, Cert: cert, Key: key}, nil},
		{"creds", Config{Credentials: creds}, nil},
		{"all", Config{CA: ours.file, Cert: cert, Key: key, Credentials: creds}, nil},

		{"nkey", Config{}, []string{"without credentials", "Authorization"}},
		{"nkey", Config{NKey: strangerNK}, []string{strangerNK, stranger, "does not take"}},
		{"open", Config{NKey: l.file("account.nk", accountSeed)}, []string{"account.nk", "not a user's"}},
		{"open", Config{NKey: empty}, []string{empty, "no NKey seed"}},
		{"open", Config{NKey: l.dir + "/none.nk"}, []string{"none.nk", "no such file"}},
		{"open", Config{NKey: nk, Credentials: creds}, []string{nk, creds, "one of them"}},
		{"tls", Config{}, []string{"whom this machine trusts"}},
		{"tls", Config{CA: theirs.file}, []string{theirs.file, "signed by none"}},
		{"open", Config{CA: empty}, []string{empty, "no certificate"}},
		{"open", Config{CA: l.dir + "/none.pem"}, []string{"none.pem", "no such file"}},
		{"open", Config{CA: ours.file}, []string{"speaks no TLS"}},
		{"mtls", Config{CA: ours.file}, []string{"mutual TLS"}},
		{"mtls", Config{CA: ours.file, Cert: strangerCert, Key: strangerKey}, []string{strangerCert, "does not take"}},
		{"open", Config{Cert: cert, Key: strangerKey}, []string{cert, strangerKey, "does not match"}},
		{"open", Config{Cert: oldCert, Key: oldKey}, []string{oldCert, "is valid from"}},
		{"open", Config{Cert: cert}, []string{cert, "both or neither"}},
		{"open", Config{Cert: cert, Key: l.dir + "/none.key"}, []string{"none.key", "no such file"}},
		{"creds", Config{}, []string{"without credentials"}},
		{"creds", Config{Credentials: strangerCreds}, []string{strangerCreds, "does not take"}},
		{"creds", Config{Credentials: late}, []string{late, "expired at", "renew"}},
		{"open", Config{Credentials: mixed}, []string{mixed, "the JWT is of"}},
		{"open", Config{Credentials: nk}, []string{nk, "no user JWT"}},
		{"open", Config{Credentials: l.dir + "/none.creds"}, []string{"none.creds", "no such file"}},
	} {
		set := servers[c.server]
		url := startServerWith(t, func(o *server.Options) { listen(o); set(o) }).URL()
		c.cfg.Log, c.cfg.Lease = slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug})), lease
		q, err := Open(t.Context(), Connect(url), c.cfg)
		said.add(err)
		if len(c.want) == 0 {
			if err != nil {
				t.Errorf("%s: %v", c.server, err)
				continue
			}
			push(t, q, testJob("a"))
			if err := pull(t, q).Ack(t.Context()); err != nil {
				t.Errorf("%s: Ack: %v", c.server, err)
			}
			_ = q.Close()
			continue
		}
		if err == nil {
			_ = q.Close()
			t.Errorf("%s, %v: joined", c.server, c.want)
			continue
		}
		for _, want := range append(c.want, url) {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error %q, want %q in it", c.server, err, want)
			}
		}
	}
	said.holdsNone(t, l.secrets)
}

// mix writes a credentials file with the JWT of one user and the seed of another.
func mix(t *testing.T, l *lair, a, b string) string {
	t.Helper()
	seed := func(file string) (text, seed []byte) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pair, err := nkeys.ParseDecoratedNKey(text)
		if err != nil {
			t.Fatal(err)
		}
		if seed, err = pair.Seed(); err != nil {
			t.Fatal(err)
		}
		return text, seed
	}
	text, old := seed(a)
	_, other := seed(b)
	return l.file("mixed.creds", bytes.Replace(text, old, other, 1))
}

// listen makes a server listen on a free port of loopback.
func listen(o *server.Options) { o.DontListen, o.Host, o.Port = false, "127.0.0.1", server.RANDOM_PORT }

// sayings collects log lines and errors.
type sayings struct{ testutil.Said }

func (s *sayings) add(err error) {
	if err != nil {
		_, _ = s.Write([]byte(err.Error() + "\n"))
	}
}

func (s *sayings) holdsNone(t *testing.T, secrets []string) {
	t.Helper()
	text := s.String()
	if len(secrets) == 0 || len(text) == 0 {
		t.Fatalf("%d secrets and %d bytes of text: nothing to look for", len(secrets), len(text))
	}
	for _, secret := range secrets {
		if len(secret) < 20 {
			t.Fatalf("secret of %d bytes", len(secret))
		}
		if at := strings.Index(text, secret[4:20]); at >= 0 {
			t.Errorf("a secret was told: …%s", text[max(at-60, 0):at])
		}
	}
}

// TestRenewedCredentials: a user's JWT that ends while the process runs is replaced in its file, and the process goes on.
func TestRenewedCredentials(t *testing.T) {
	t.Parallel()
	l := newLair(t)
	op := l.operator()
	file := op.user("user", time.Now().Add(6*time.Second))
	var said sayings
	q, err := Open(t.Context(), Connect(startServerWith(t, func(o *server.Options) { listen(o); op.set(o) }).URL()), Config{
		Credentials: file, Lease: lease, Log: slog.New(slog.NewTextHandler(&said, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = q.Close() }()
	push(t, q, testJob("a"))
	eventually(t, "the server ends the connection of an expired user", func() bool { return !q.nc.IsConnected() })
	op.user("user", time.Time{})
	push(t, q, testJob("b"))
	for _, want := range []string{"a", "b"} {
		if d := pull(t, q); d.Job() != testJob(want) {
			t.Errorf("delivered %+v, want %s", d.Job(), want)
		}
	}
	// The client tells of it from a goroutine of its own.
	eventually(t, "the log says why the connection ended", func() bool { return strings.Contains(said.String(), "xpired") })
	said.holdsNone(t, l.secrets)
	if n, err := q.Pending(t.Context(), "r1", schemas.StageFetch); n != 2 || err != nil {
		t.Errorf("%d pending, %v", n, err)
	}
}
