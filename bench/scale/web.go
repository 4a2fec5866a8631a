package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"pairmill/bench/download/loopback"
)

// web is a number of hosts that answer every path with the same tiny picture, and /robots.txt with 404.
type web struct {
	server *http.Server
	port   string
	hosts  int
}

func serveWeb(hosts int, delay time.Duration) (*web, error) {
	var tiny bytes.Buffer
	if err := png.Encode(&tiny, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		return nil, err
	}
	w := &web{hosts: hosts, port: "0", server: &http.Server{ReadHeaderTimeout: time.Minute}}
	w.server.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(rw, r)
			return
		}
		if delay > 0 {
			select {
			case <-time.After(delay):
			case <-r.Context().Done():
				return
			}
		}
		rw.Header().Set("Content-Type", "image/png")
		_, _ = rw.Write(tiny.Bytes()) // it may have gone away
	})
	for i := range hosts {
		l, err := net.Listen("tcp", net.JoinHostPort(loopback.Address(i), w.port))
		if err != nil {
			w.end()
			return nil, err
		}
		w.port = strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
		go func() { _ = w.server.Serve(l) }()
	}
	return w, nil
}

func (w *web) end() { _ = w.server.Shutdown(context.Background()) }

// list writes a list of so many rows, the hosts in turn.
func (w *web) list(file string, rows int) error {
	var b strings.Builder
	for i := range rows {
		fmt.Fprintf(&b, "http://%s:%s/%d.png\n", loopback.Address(i%w.hosts), w.port, i)
	}
	return os.WriteFile(file, []byte(b.String()), 0o644)
}

// source is a list that a spec downloads.
type source struct{ inputs, format, caption string }

// spec downloads a list in shards of so many rows.
func spec(name string, s source, shard int) string {
	return fmt.Sprintf(`version: 1
name: %s
source: {list: {inputs: [%q], format: %s, caption: %q}}
fetch: {allow_private: true, delay: 0s, per_host: 64, part_rows: %d}
filter: {min_chars: 0, max_chars: 0, min_words: 0, max_words: 0, drop_control_chars: false, drop_file_names: false, drop_placeholders: false, min_side: 0, max_aspect: 0}
image: {untouched: true}
deliver: {format: webdataset}
`, name, s.inputs, s.format, s.caption, shard)
}
