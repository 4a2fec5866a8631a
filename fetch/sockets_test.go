package fetch

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"

	"pairmill/schemas"
)

// resetAfter answers every connection with a text, after reading so much of the request, and then resets it. robots.txt is
// answered as it should be.
func resetAfter(t *testing.T, read bool, text string) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { reset(conn.(*net.TCPConn), read, text) })
		}
	})
	t.Cleanup(func() {
		listener.Close()
		serving.Wait()
	})
	return listener.Addr().String()
}

func reset(conn *net.TCPConn, read bool, text string) {
	defer conn.Close()
	if read {
		request, err := http.ReadRequest(bufio.NewReader(conn))
		if err == nil && request.URL.Path == "/robots.txt" {
			_, _ = io.WriteString(conn, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			return
		}
	}
	_, _ = io.WriteString(conn, text)
	_ = conn.SetLinger(0)
}

// What real sockets do that pipes do not: a reset in every phase, a refused connection.
func TestSocketFaults(t *testing.T) {
	t.Parallel()
	const ok = "HTTP/1.1 200 OK\r\n"
	for _, c := range []struct {
		name   string
		read   bool
		text   string
		scheme string
		reason schemas.Reason
	}{
		{"in the TLS handshake", false, "", "https", schemas.ConnectError},
		{"within a TLS record", false, "\x16\x03\x03\x00\x7a\x02", "https", schemas.ConnectError},
		{"before the answer", true, "", "http", schemas.ConnectError},
		{"in the status line", true, "HTTP/1.", "http", schemas.ProtocolError},
		{"in the header", true, ok + "Content-Le", "http", schemas.ProtocolError}, // half a line looks like a bad one
		{"between header lines", true, ok + "Content-Length: 9\r\n", "http", schemas.ConnectError},
		{"before the body", true, ok + "Content-Length: 1000\r\n\r\n", "http", schemas.BodyTruncated},
		{"in the body", true, ok + "Content-Length: 1000\r\n\r\nhalf", "http", schemas.BodyTruncated},
		{"in a chunk", true, ok + "Transfer-Encoding: chunked\r\n\r\n400\r\nhalf", "http", schemas.BodyTruncated},
		{"between chunks", true, ok + "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", "http", schemas.BodyTruncated},
		{"in a body until the end", true, ok + "\r\n" + strings.Repeat("x", 9999), "http", schemas.BodyTruncated},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, err := New(Config{AllowPrivate: true, Tries: 1})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(f.Close)
			r := get(t, f, c.scheme+"://"+resetAfter(t, c.read, c.text)+"/x.jpg")
			if c.reason != r.Reason || strings.Contains(r.Detail, "->") {
				t.Errorf("%q %q, want %q", r.Reason, r.Detail, c.reason)
			}
		})
	}
}

func TestRefusedConnection(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	f, err := New(Config{AllowPrivate: true, Tries: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	expect(t, get(t, f, "http://"+listener.Addr().String()+"/"), schemas.ConnectError, syscall.ECONNREFUSED.Error())
}
