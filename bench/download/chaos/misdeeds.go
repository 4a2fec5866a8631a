package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// misdeeds are what bad hosts do with a request for a picture. Each ends when the client has gone.
var misdeeds = map[string]func(http.ResponseWriter, *http.Request, []byte){
	"slowloris": slowloris, "stall": stall, "drip": drip, "endless": endless, "reset": reset, "cut": cut,
	"loop": loop, "maze": maze, "bomb": bomb, "canvas": canvas, "garbage": garbage, "elsewhere": elsewhere,
}

// slowloris sends its header a byte a second.
func slowloris(w http.ResponseWriter, r *http.Request, _ []byte) {
	raw(w, func(c net.Conn) {
		for _, b := range []byte("HTTP/1.1 200 OK\r\nX-Padding: " + fmt.Sprintf("%0999d", 0)) {
			if _, err := c.Write([]byte{b}); err != nil || !waited(r, time.Second) {
				return
			}
		}
	})
}

// stall sends a header and half a picture, and then nothing.
func stall(w http.ResponseWriter, r *http.Request, picture []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(picture)))
	w.Write(picture[:len(picture)/2])
	http.NewResponseController(w).Flush()
	<-r.Context().Done()
}

// drip sends a picture a byte at a time, so that no single read takes long.
func drip(w http.ResponseWriter, r *http.Request, picture []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(picture)))
	for _, b := range picture {
		w.Write([]byte{b})
		http.NewResponseController(w).Flush()
		if !waited(r, 100*time.Millisecond) {
			return
		}
	}
}

// endless never stops sending.
func endless(w http.ResponseWriter, r *http.Request, picture []byte) {
	w.Header().Set("Content-Type", "image/jpeg")
	for r.Context().Err() == nil {
		if _, err := w.Write(picture); err != nil {
			return
		}
	}
}

// reset closes the connection with RST before it answers.
func reset(w http.ResponseWriter, _ *http.Request, _ []byte) {
	raw(w, func(c net.Conn) {
		if t, ok := c.(*net.TCPConn); ok {
			t.SetLinger(0)
		}
	})
}

// cut ends in the middle of what it has announced.
func cut(w http.ResponseWriter, _ *http.Request, picture []byte) {
	w.Header().Set("Content-Length", strconv.Itoa(len(picture)))
	w.Write(picture[:len(picture)/2])
	panic(http.ErrAbortHandler)
}

func loop(w http.ResponseWriter, r *http.Request, _ []byte) {
	http.Redirect(w, r, r.URL.String(), http.StatusFound)
}

// maze redirects to an address that is new each time.
func maze(w http.ResponseWriter, r *http.Request, _ []byte) {
	n, _ := strconv.Atoi(r.URL.Query().Get("n"))
	http.Redirect(w, r, fmt.Sprintf("%s?n=%d", r.URL.Path, n+1), http.StatusFound)
}

// bomb is a gigabyte of zeros, packed. It costs the server nothing: what is measured is the client.
func bomb(w http.ResponseWriter, _ *http.Request, _ []byte) {
	w.Header().Set("Content-Encoding", "gzip")
	w.Header().Set("Content-Type", "image/jpeg")
	for range 1 << 6 {
		if _, err := w.Write(charge()); err != nil {
			return
		}
	}
}

// charge is 16 MiB of zeros, packed once. A gzip stream may have any number of such members.
var charge = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(make([]byte, 16<<20)) // into memory: it cannot fail
	z.Close()
	return b.Bytes()
})

// canvas is a PNG that says it is 20,000 pixels wide and high, and has as many bytes as zeros of that size would pack to.
func canvas(w http.ResponseWriter, _ *http.Request, _ []byte) {
	head := []byte("IHDR")
	head = binary.BigEndian.AppendUint32(head, 20_000)
	head = binary.BigEndian.AppendUint32(head, 20_000)
	head = append(head, 8, 2, 0, 0, 0)
	file := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), 13)
	file = binary.BigEndian.AppendUint32(append(file, head...), crc32.ChecksumIEEE(head))
	w.Header().Set("Content-Type", "image/png")
	w.Write(append(file, make([]byte, 2<<20)...))
}

func garbage(w http.ResponseWriter, _ *http.Request, _ []byte) {
	raw(w, func(c net.Conn) { c.Write([]byte("220 mail.test ESMTP ready\r\n")) })
}

func elsewhere(w http.ResponseWriter, _ *http.Request, _ []byte) {
	w.Header().Set("Location", "file:///etc/passwd")
	w.WriteHeader(http.StatusFound)
}

// raw hands the connection to do, and closes it.
func raw(w http.ResponseWriter, do func(net.Conn)) {
	c, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	do(c)
}

// waited tells whether the time has passed with the client still there.
func waited(r *http.Request, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-r.Context().Done():
		return false
	case <-t.C:
		return true
	}
}
