package fetch

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"pairmill/schemas"
)

// statusReason turns a final status into a reason; empty for the answers that carry what was asked for.
func statusReason(status int, h http.Header) schemas.Reason {
	switch status {
	case http.StatusOK, http.StatusNonAuthoritativeInfo:
		return schemas.Kept
	case http.StatusNotFound, http.StatusGone:
		return schemas.HTTPGone
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusMethodNotAllowed, http.StatusNotAcceptable,
		http.StatusUnavailableForLegalReasons:
		return schemas.HTTPForbidden
	case http.StatusTooManyRequests:
		return schemas.HTTPTooMany
	case http.StatusServiceUnavailable:
		if h.Get("Retry-After") != "" {
			return schemas.HTTPTooMany
		}
		return schemas.HTTPServer
	}
	switch status / 100 {
	case 4:
		return schemas.HTTPClient
	case 5:
		return schemas.HTTPServer
	}
	return schemas.HTTPStatus
}

// isRedirect tells the statuses whose Location is to be followed; 300 and 304 are not among them.
func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect,
		http.StatusPermanentRedirect:
		return true
	}
	return false
}

// requestReason names what went wrong before there was an answer. cause is that of the request's context.
func requestReason(err, cause error) schemas.Reason {
	var ours *timeoutError
	var blocked *blockedError
	var dns *net.DNSError
	switch {
	case errors.As(cause, &ours) || errors.As(err, &ours):
		return schemas.Timeout
	case errors.As(err, &blocked):
		return schemas.AddressBlocked
	case errors.As(err, &dns) && dns.IsNotFound:
		return schemas.NXDomain
	case errors.As(err, &dns):
		return schemas.DNSError
	case isTimeout(err):
		return schemas.Timeout
	case isTLS(err):
		return schemas.TLSError
	case isBroken(err):
		return schemas.ConnectError
	}
	return schemas.ProtocolError
}

// bodyReason names what went wrong while a body was read.
func bodyReason(err, cause error) schemas.Reason {
	var ours *timeoutError
	var slow *slowError
	var encoding *encodingError
	switch {
	case errors.As(cause, &ours), errors.As(cause, &slow), isTimeout(err):
		return schemas.Timeout
	case errors.Is(err, errTooLarge):
		return schemas.BodyTooLarge
	case errors.As(err, &encoding):
		return schemas.ProtocolError
	}
	return schemas.BodyTruncated
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func isTLS(err error) bool {
	var verify *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	var alert tls.AlertError
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	for _, target := range []any{&verify, &record, &alert, &name, &authority, &invalid} {
		if errors.As(err, target) {
			return true
		}
	}
	// crypto/tls and net/http have no types for the rest.
	text := err.Error()
	return strings.Contains(text, "tls: ") || strings.Contains(text, "HTTP response to HTTPS client")
}

// isBroken tells a connection that was never made or ended before the answer.
func isBroken(err error) bool {
	var op *net.OpError
	var errno syscall.Errno
	stream := http2Break(err.Error())
	return errors.As(err, &op) || errors.As(err, &errno) || errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) ||
		errors.Is(err, io.ErrUnexpectedEOF) && !strings.Contains(err.Error(), "malformed") ||
		strings.Contains(err.Error(), "server closed idle connection") ||
		stream != "" && !strings.HasSuffix(stream, ": PROTOCOL_ERROR") // that one is about what was said, not that it ended
}

// http2Break is what is said of a stream or connection that an HTTP/2 peer ended, without the numbers of streams; empty
// for anything else. net/http does not export the errors' types.
func http2Break(text string) string {
	switch {
	case strings.Contains(text, "stream error: "): // "stream error: stream ID 3; INTERNAL_ERROR; received from peer"
		_, code, _ := strings.Cut(text, "; ")
		code, _, _ = strings.Cut(code, ";")
		return "the stream was reset: " + code
	case strings.Contains(text, "http2: server sent GOAWAY"):
		_, code, _ := strings.Cut(text, "ErrCode=")
		code, _, _ = strings.Cut(code, ",")
		return "the server sent GOAWAY: " + code
	case strings.Contains(text, "http2: client connection lost"), strings.Contains(text, "http2: client connection force closed"):
		return "the connection was lost"
	}
	return ""
}

// mayChange tells the reasons that another try can cure. Look-ups have tries of their own.
func mayChange(r schemas.Reason) bool {
	switch r {
	case schemas.HTTPTooMany, schemas.HTTPServer, schemas.ConnectError, schemas.Timeout, schemas.BodyTruncated:
		return true
	}
	return false
}
