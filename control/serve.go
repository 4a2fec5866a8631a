package control

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// listen opens an address. One that other machines reach needs a token: whoever reaches the API decides about runs.
func listen(address, token string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen address %q: %w (want host:port, such as 127.0.0.1:7070)", address, err)
	}
	if !loopback(host) && token == "" {
		return nil, fmt.Errorf("listen address %s is reached by other machines, and there is no token: set PAIRMILL_TOKEN (or --token-file) here and for the clients, or listen on 127.0.0.1", address)
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("%w (another process may listen there: choose another address with --listen)", err)
	}
	return l, nil
}

// addressOf is where a listener listens; empty for none.
func addressOf(l net.Listener) string {
	if l == nil {
		return ""
	}
	return l.Addr().String()
}

// loopback tells whether a host name or address stays on this machine.
func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// closing is how long requests under way may take when the process is asked to stop.
const closing = 3 * time.Second

// serve answers requests until ctx ends.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10,
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	if err := s.Shutdown(stop); err != nil {
		_ = s.Close() // a client that does not go
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
