package s3

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/minio/minio-go/v7"

	"pairmill/store"
)

// explain turns an answer into an error of package store, or adds to it what to do about it.
func (s *Store) explain(err error) error {
	var before explained
	if err == nil || errors.As(err, &before) {
		return err
	}
	var answer minio.ErrorResponse
	if errors.As(err, &answer) {
		return explained{s.answered(err, answer)}
	}
	var cert *tls.CertificateVerificationError
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return explained{fmt.Errorf("%w: %s", err, s.unknownHost(dns.Name))}
	case errors.Is(err, syscall.ECONNREFUSED):
		return explained{fmt.Errorf("%w: nothing listens at %s: correct the endpoint (endpoint= in the location, or AWS_ENDPOINT_URL), or start the server", err, s.cfg.Endpoint)}
	case errors.Is(err, errSilent):
		return explained{fmt.Errorf("%w: correct the endpoint (endpoint= in the location, or AWS_ENDPOINT_URL), or let this machine reach %s", err, s.cfg.Endpoint)}
	case errors.As(err, &cert):
		return explained{fmt.Errorf("%w: %s", err, s.untrusted(cert))}
	case strings.Contains(err.Error(), plainAnswer):
		return explained{fmt.Errorf("%w: the endpoint has no TLS: write it with http://", err)}
	}
	return err
}

// errSilent is a server that takes connections, or swallows them, and does not answer.
var errSilent = errors.New("no answer")

// unknownHost says what to do about a host that no resolver knows.
func (s *Store) unknownHost(name string) string {
	if strings.HasPrefix(name, s.cfg.Bucket+".") && s.cfg.Style == "host" {
		return fmt.Sprintf("there is no host %s: correct the endpoint, or add style=path to the location if the server has no names for its buckets", name)
	}
	return fmt.Sprintf("there is no host %s: correct the endpoint", name)
}

// explained is an error that needs no second advice.
type explained struct{ error }

func (e explained) Unwrap() error { return e.error }

func (s *Store) answered(err error, a minio.ErrorResponse) error {
	switch a.Code {
	case "NoSuchKey":
		return store.ErrNotExist
	case "KeyTooLongError", "ObjectParentIsFile", "ExistingObjectIsDirectory", "FilenameTooLong": // the last three: gateways to file systems
		return fmt.Errorf("%w: %w", store.ErrBadKey, err)
	}
	err = fmt.Errorf("%w (%s, HTTP %d)", err, a.Code, a.StatusCode)
	if what := s.advice(a); what != "" {
		return fmt.Errorf("%w: %s", err, what)
	}
	return err
}

// advice says what to do about an answer that somebody has to do something about.
func (s *Store) advice(a minio.ErrorResponse) string {
	switch a.Code {
	case "NoSuchBucket":
		return fmt.Sprintf("there is no bucket %q at %s: create it, or correct the location", s.cfg.Bucket, s.cfg.Endpoint)
	case "RequestTimeTooSkewed":
		return "this machine's clock and the server's differ by more than 15 minutes: set the clock (timedatectl set-ntp true)"
	case "AuthorizationHeaderMalformed", "PermanentRedirect", "InvalidRegion", "IllegalLocationConstraintException":
		return s.region(a)
	case "InvalidAccessKeyId", "XAdminUserNotFound": // the second: versitygw
		return "the server does not know this access key: check AWS_ACCESS_KEY_ID and the endpoint"
	case "SignatureDoesNotMatch":
		return "the secret key does not belong to the access key: check AWS_SECRET_ACCESS_KEY"
	case "ExpiredToken", "ExpiredTokenException", "InvalidToken":
		return "the session token is no longer valid: get new temporary keys"
	case "AccessDenied", "AllAccessDisabled":
		return fmt.Sprintf("these credentials need s3:ListBucket on bucket %q, and s3:GetObject, s3:PutObject and s3:AbortMultipartUpload on %s/%s*, some commands also s3:DeleteObject: see docs/security.md", s.cfg.Bucket, s.cfg.Bucket, s.cfg.Prefix)
	case "NotImplemented", "MethodNotAllowed":
		return "the server does not support what a store needs: PUT with If-None-Match, and multipart uploads with copied parts"
	}
	if a.StatusCode == http.StatusMovedPermanently || a.StatusCode == http.StatusTemporaryRedirect {
		return s.region(a)
	}
	return ""
}

func (s *Store) region(a minio.ErrorResponse) string {
	if a.Region != "" && a.Region != s.cfg.Region {
		return fmt.Sprintf("bucket %q is in region %s, asked for in %s: set AWS_REGION=%s", s.cfg.Bucket, a.Region, s.cfg.Region, a.Region)
	}
	return fmt.Sprintf("bucket %q is not in region %s: set AWS_REGION to its own", s.cfg.Bucket, s.cfg.Region)
}

// code is the server's name for an error; empty for one that is no answer.
func code(err error) string {
	var a minio.ErrorResponse
	errors.As(err, &a)
	return a.Code
}
