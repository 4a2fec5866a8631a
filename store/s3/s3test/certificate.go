package s3test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// Files in the folder that certificates makes.
const (
	caFile   = "ca.pem"
	certFile = "server.pem"
	keyFile  = "server-key.pem"
)

// Names of the two in each other's errors.
const (
	Authority = "pairmill test authority"
	Server    = "pairmill test server"
)

// certificates makes an authority that nobody knows, and a server's certificate that it signed.
func certificates(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	authority := template(Authority)
	authority.IsCA, authority.BasicConstraintsValid, authority.KeyUsage = true, true, x509.KeyUsageCertSign
	server := template(Server)
	server.KeyUsage, server.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	server.IPAddresses, server.DNSNames = []net.IP{net.IPv4(127, 0, 0, 1)}, []string{Domain, "*." + Domain}
	authorityKey, serverKey := key(t), key(t)
	write := func(name, kind string, der []byte, err error) {
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, &authorityKey.PublicKey, authorityKey)
	write(caFile, "CERTIFICATE", der, err)
	der, err = x509.CreateCertificate(rand.Reader, server, authority, &serverKey.PublicKey, authorityKey)
	write(certFile, "CERTIFICATE", der, err)
	der, err = x509.MarshalECPrivateKey(serverKey)
	write(keyFile, "EC PRIVATE KEY", der, err)
	return dir
}

// SelfSigned makes a key and signs a certificate with it, and puts it into a file that may be named as one to trust.
func SelfSigned(t testing.TB, cert *x509.Certificate) (tls.Certificate, string) {
	t.Helper()
	k := key(t)
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &k.PublicKey, k)
	file := filepath.Join(t.TempDir(), caFile)
	if err == nil {
		err = os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: k}, file
}

func template(name string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour)}
}

func key(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}
