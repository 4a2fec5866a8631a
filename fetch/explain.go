package fetch

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
)

// explain says what happened without what differs from one run to the next, such as local ports, byte counts and the
// time of day: a row's detail is part of what two runs must agree on. It prefers our own limit's words to what the
// network said when the limit cut it off.
func explain(err, cause error, c Config) string {
	if cause != nil {
		return cause.Error()
	}
	var dns *net.DNSError
	var op *net.OpError
	var invalid x509.CertificateInvalidError
	var blocked *blockedError
	switch {
	case errors.As(err, &blocked):
		return blocked.Error()
	case errors.As(err, &dns):
		return fmt.Sprintf("look-up of %s: %s", dns.Name, dns.Err)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "certificate has expired or is not yet valid"
	case http2Break(err.Error()) != "":
		return http2Break(err.Error())
	case errors.As(err, &op):
		return fmt.Sprintf("%s: %v", op.Op, op.Err)
	case strings.Contains(err.Error(), "TLS handshake timeout"):
		return fmt.Sprintf("the TLS handshake took longer than %v (header timeout)", c.HeaderTimeout)
	case strings.Contains(err.Error(), "awaiting response headers"):
		return fmt.Sprintf("the answer's header took longer than %v (header timeout)", c.HeaderTimeout)
	}
	return err.Error()
}
