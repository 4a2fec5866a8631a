// Command serve hands out the pictures of a folder on many loopback addresses, over HTTP and HTTPS, from memory.
//
//	serve -hosts N -ca FILE FOLDER
//
// It prints the ports of HTTP and HTTPS, writes the certificate of its authority to FILE, and runs until it is interrupted.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"pairmill/bench/download/loopback"
)

func main() {
	hosts := flag.Int("hosts", 500, "addresses to listen on")
	ca := flag.String("ca", "", "file for the authority's certificate")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, flag.Arg(0), *ca, *hosts); err != nil {
		fmt.Fprintln(os.Stderr, "serve:", err)
		os.Exit(1)
	}
}

// serve returns when ctx has ended.
func serve(ctx context.Context, folder, ca string, hosts int) error {
	files, err := read(folder)
	if err != nil {
		return err
	}
	authority, err := newAuthority()
	if err != nil {
		return err
	}
	if err := os.WriteFile(ca, authority.pem(), 0o600); err != nil {
		return err
	}
	plain, secure := &http.Server{Handler: files, ReadHeaderTimeout: time.Minute}, &http.Server{Handler: files, ReadHeaderTimeout: time.Minute, TLSConfig: authority.config()}
	ports, listeners, err := listen(hosts)
	if err != nil {
		return err
	}
	ended := make(chan error)
	for i, l := range listeners {
		go func() {
			if i%2 == 0 {
				ended <- plain.Serve(l)
			} else {
				ended <- secure.ServeTLS(l, "", "")
			}
		}()
	}
	fmt.Println(ports[0], ports[1])
	<-ctx.Done()
	err = errors.Join(plain.Close(), secure.Close())
	for range listeners {
		if e := <-ended; !errors.Is(e, http.ErrServerClosed) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// listen opens two ports on each address, the same everywhere.
func listen(hosts int) (ports [2]string, out []net.Listener, err error) {
	for i := range hosts {
		for j := range ports {
			if ports[j] == "" {
				ports[j] = "0"
			}
			l, err := net.Listen("tcp", net.JoinHostPort(loopback.Address(i), ports[j]))
			if err != nil {
				return ports, out, fmt.Errorf("listen: %w", err)
			}
			ports[j] = strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
			out = append(out, l)
		}
	}
	return ports, out, nil
}
