package s3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
)

// untrusted says which certificate was refused, and what to do about it.
func (s *Store) untrusted(err *tls.CertificateVerificationError) string {
	which := "the server's certificate"
	if len(err.UnverifiedCertificates) > 0 {
		c := err.UnverifiedCertificates[0]
		which = fmt.Sprintf("%s (%s, issued by %s)", which, c.Subject, c.Issuer)
	}
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &name) && s.cfg.Style != "path":
		return which + ": write the endpoint with a name that stands in the certificate; where it does not hold for names of buckets, add style=path to the location"
	case errors.As(err, &name):
		return which + ": write the endpoint with a name that stands in the certificate"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return which + ": have it renewed; or set this machine's clock, if that is what is wrong"
	}
	return which + ": name the file of the certificates to trust in AWS_CA_BUNDLE, or as ca= in the location"
}

// wantsTLS tells whether a server that is asked without TLS, and gave no answer that S3 has, speaks it. Such servers
// close the connection, or answer in words of their own, so nothing but a handshake tells.
func (s *Store) wantsTLS(ctx context.Context, err error) bool {
	host, secure, bad := s.cfg.endpoint()
	var answer minio.ErrorResponse
	if secure || bad != nil || errors.As(err, &answer) && answer.Code != "" && !strings.HasPrefix(answer.Code, "400") {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	d := tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}} // nothing is sent on it
	conn, bad := d.DialContext(ctx, "tcp", host)
	if bad != nil {
		return false
	}
	conn.Close()
	return true
}
