package s3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"
)

// transport makes the connections: HTTP/1.1, kept open between requests, each watched by stallConn.
func (c Config) transport() (*http.Transport, error) {
	t := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSHandshakeTimeout: c.Stall,
		MaxIdleConnsPerHost: c.Concurrency,
		IdleConnTimeout:     c.Stall / 2, // before the watch on it would fire
		WriteBufferSize:     64 << 10,
		ReadBufferSize:      64 << 10,
		DisableCompression:  true, // an object's bytes are what is stored, whatever its Content-Encoding
	}
	d := &net.Dialer{Timeout: min(c.Stall, 10*time.Second)}
	t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return stallConn{conn, c.Stall}, nil
	}
	if c.CAFile == "" {
		return t, nil
	}
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		return nil, fmt.Errorf("certificates to trust: %w", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("certificates to trust: no PEM certificate in %s", c.CAFile)
	}
	t.TLSClientConfig = &tls.Config{RootCAs: roots}
	return t, nil
}

// stallConn gives a connection up when no byte has moved on it for a while. A deadline for the whole request could not
// tell a large object from a dead server.
type stallConn struct {
	net.Conn
	stall time.Duration
}

func (c stallConn) Read(p []byte) (int, error) {
	if err := c.SetReadDeadline(time.Now().Add(c.stall)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// Write moves both deadlines: while a body goes out, the answer is being waited for already.
func (c stallConn) Write(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.stall)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}

// pause is what the server asked for in the answer to one attempt.
type pause struct{ wait time.Duration }

type pauseKey struct{}

// listener tells an attempt, through its context, which pause the server asked for (Retry-After, RFC 9110 section
// 10.2.3): the client library does not hand headers on.
type listener struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (l listener) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(req)
	if p, ok := req.Context().Value(pauseKey{}).(*pause); ok && err == nil {
		p.wait = retryAfter(resp.Header.Get("Retry-After"), time.Now())
	}
	return resp, err
}

// maxPause bounds what a server may ask for, so that a wrong clock does not stop a run.
const maxPause = 2 * time.Minute

func retryAfter(v string, now time.Time) time.Duration {
	var wait time.Duration
	if n, err := strconv.Atoi(v); err == nil && n < int(maxPause/time.Second) {
		wait = time.Duration(n) * time.Second
	} else if err == nil {
		wait = maxPause
	} else if at, err := http.ParseTime(v); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxPause)
}
