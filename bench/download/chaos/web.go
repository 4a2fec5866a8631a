package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Addresses: the server's, one where connections hang, one where they are refused.
const (
	openAddress    = "127.0.0.1"
	deadAddress    = "127.0.0.98"
	refusedAddress = "127.0.0.99"
)

// web is all hosts in one server, told apart by the header Host.
type web struct {
	addr    string
	server  *http.Server
	ended   chan error
	hole    *hole
	picture []byte

	mu          sync.Mutex
	first, last time.Time // answers of good hosts
	served      int
}

func open() (*web, error) {
	l, err := net.Listen("tcp", openAddress+":0")
	if err != nil {
		return nil, err
	}
	h, err := dig(deadAddress, l.Addr().(*net.TCPAddr).Port)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	w := &web{addr: l.Addr().String(), ended: make(chan error, 1), hole: h, picture: drawn()}
	w.server = &http.Server{Handler: w, ReadHeaderTimeout: time.Minute}
	go func() { w.ended <- w.server.Serve(l) }()
	return w, nil
}

func (w *web) close() {
	w.server.Close()
	<-w.ended
	w.hole.fill()
}

func (w *web) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/robots.txt" {
		http.NotFound(out, r)
		return
	}
	host, _, _ := net.SplitHostPort(r.Host)
	_, kind, _ := strings.Cut(strings.TrimSuffix(host, ".test"), ".")
	if kind == "good" {
		out.Header().Set("Content-Type", "image/jpeg")
		out.Write(w.picture)
		w.count()
		return
	}
	if bad := misdeeds[kind]; bad != nil {
		bad(out, r, w.picture)
		return
	}
	http.Error(out, fmt.Sprintf("no host does %q", kind), http.StatusTeapot)
}

func (w *web) count() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = time.Now()
	if w.served++; w.served == 1 {
		w.first = w.last
	}
}

func (w *web) reset() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.served = 0
}

// rate is how fast good hosts were served, from the first answer to the last.
func (w *web) rate() float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return float64(w.served-1) / w.last.Sub(w.first).Seconds()
}

// drawn is the picture of all good hosts: 320 × 240, about 15 KB.
func drawn() []byte {
	m := image.NewRGBA(image.Rect(0, 0, 320, 240))
	for y := range 240 {
		for x := range 320 {
			m.Set(x, y, color.RGBA{uint8(x ^ y), uint8(x * y / 97), uint8(x + y), 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, nil); err != nil {
		panic(err) // a picture in memory cannot be refused
	}
	return b.Bytes()
}
