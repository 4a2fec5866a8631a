// Command serve runs the example picture site until it is interrupted, and prints its address as the first line. With -list it
// first writes a list of the site's pictures, for `pairmill download`.
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
	list := flag.String("list", "", "file for a list of the pictures, on hosts *."+picturesite.Domain)
	mirror := flag.Duration("mirror", 0, "how long "+picturesite.MirrorHost+" takes for each answer")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, os.Stdout, *addr, *list, picturesite.New(*pages), *mirror); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

// serve writes the list to a file, if one is named, and the address to out. It returns when ctx has ended and the requests in
// flight have been answered.
func serve(ctx context.Context, out io.Writer, addr, list string, site *picturesite.Site, mirror time.Duration) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if list != "" {
		if err := write(list, site, listener.Addr()); err != nil {
			return errors.Join(fmt.Errorf("write the list: %w", err), listener.Close())
		}
	}
	fmt.Fprintf(out, "http://%s/\n", listener.Addr())
	server := &http.Server{Handler: picturesite.Slow(site, mirror), ReadHeaderTimeout: 10 * time.Second}
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

func write(list string, site *picturesite.Site, at net.Addr) error {
	_, port, err := net.SplitHostPort(at.String())
	if err != nil {
		return err
	}
	f, err := os.Create(list)
	if err != nil {
		return err
	}
	return errors.Join(site.WriteList(f, port), f.Close())
}
