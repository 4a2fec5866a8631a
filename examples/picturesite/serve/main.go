// Command serve runs the example picture site until it is interrupted, and prints its address as the first line.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"pairmill/examples/picturesite"
)

func main() {
	addr := flag.String("addr", picturesite.Address, "address to listen on; port 0 takes a free one")
	pages := flag.Int("pages", picturesite.DefaultPages, "pages of the site, about, calendar not counted")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, os.Stdout, *addr, *pages); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

// serve writes the address to out, and returns when ctx has ended and the requests in flight have been answered.
func serve(ctx context.Context, out io.Writer, addr string, pages int) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	fmt.Fprintf(out, "http://%s/\n", listener.Addr())
	server := &http.Server{Handler: picturesite.New(pages), ReadHeaderTimeout: 10 * time.Second}
	stopped := make(chan error, 1)
	forget := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(grace)
	})
	defer forget()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", listener.Addr(), err)
	}
	return <-stopped
}
