// Command serve is the web that `make conformance` lets img2dataset and pairmill download from: pictures of a folder, and
// answers of all the kinds that a list meets.
//
//	serve PICTURES
//
// It listens on three loopback addresses with one port, prints them separated by blanks, and runs until it is
// interrupted. The second address has a robots.txt that forbids everything; on the third nobody listens: connections to
// it are refused.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Addresses: an open site, one that forbids itself, one that is not there.
var hosts = []string{"127.0.0.1", "127.0.0.2", "127.0.0.3"}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: serve PICTURES")
		os.Exit(2)
	}
	if err := serve(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

// serve returns when ctx has ended and both sites have closed.
func serve(ctx context.Context, pictures string) error {
	open, err := net.Listen("tcp", hosts[0]+":0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	_, port, err := net.SplitHostPort(open.Addr().String())
	if err != nil {
		return err
	}
	closed, err := net.Listen("tcp", net.JoinHostPort(hosts[1], port))
	if err != nil {
		return errors.Join(fmt.Errorf("listen: %w", err), open.Close())
	}
	for i, h := range hosts {
		fmt.Print(net.JoinHostPort(h, port), map[bool]string{true: "\n", false: " "}[i == len(hosts)-1])
	}
	server := &http.Server{Handler: site(http.Dir(pictures)), ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 2)
	for _, l := range []net.Listener{open, closed} {
		go func() { ended <- server.Serve(l) }()
	}
	<-ctx.Done()
	err = server.Close()
	for range 2 {
		if e := <-ended; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
	}
	return err
}
