package s3

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
)

// do runs one request, and again while its error may pass. It is the only retry there is: the client library's is
// switched off.
func (s *Store) do(ctx context.Context, request func(context.Context) error) error {
	for attempt := 1; ; attempt++ {
		var asked pause
		err := s.once(context.WithValue(ctx, pauseKey{}, &asked), request)
		if e := ctx.Err(); err != nil && e != nil {
			return e
		}
		if err == nil || !passes(err) {
			return err
		}
		if attempt >= s.cfg.Attempts {
			return fmt.Errorf("gave up after %d attempts: %w", attempt, err)
		}
		if err := sleep(ctx, max(asked.wait, s.backoff(attempt))); err != nil {
			return err
		}
	}
}

// once waits for a free place and runs the request.
func (s *Store) once(ctx context.Context, request func(context.Context) error) error {
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.slots }()
	return request(ctx)
}

// backoff doubles, up to 100 times the first pause. Half of it is chance, so that workers that were refused together do
// not come back together.
func (s *Store) backoff(attempt int) time.Duration {
	d := s.cfg.RetryWait * time.Duration(min(100, 1<<min(attempt-1, 7)))
	return d/2 + rand.N(d/2+1)
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// permanent marks an error that another attempt cannot cure.
type permanent struct{ error }

func (p permanent) Unwrap() error { return p.error }

// errVanished: the object that took the key was deleted before it could be looked at.
var errVanished = errors.New("the object at this key appeared and vanished")

// passing are codes of errors that come with a status that otherwise stays. The checksums among them were right
// when the bytes left this process.
var passing = map[string]bool{
	"RequestTimeout": true, "SlowDown": true, "ConditionalRequestConflict": true, "OperationAborted": true,
	"BadDigest": true, "XAmzContentSHA256Mismatch": true, "IncompleteBody": true,
}

// passes tells whether an error may be gone at the next attempt.
func passes(err error) bool {
	var p permanent
	if errors.As(err, &p) {
		return false
	}
	var answer minio.ErrorResponse
	if errors.As(err, &answer) {
		switch answer.StatusCode {
		case http.StatusRequestTimeout, http.StatusTooManyRequests, 499, // nginx: the client went away
			http.StatusInternalServerError, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		}
		return passing[answer.Code] || answer.StatusCode > 504 && answer.StatusCode != http.StatusNotImplemented
	}
	return network(err)
}

// network tells whether an error that is no answer came from the network rather than from the set-up.
func network(err error) bool {
	var cert *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	return !errors.As(err, &cert) && !errors.As(err, &record) && !strings.Contains(err.Error(), plainAnswer)
}

// plainAnswer is what net/http says, and exports no error for, when a server without TLS is asked for TLS.
const plainAnswer = "server gave HTTP response to HTTPS client"
