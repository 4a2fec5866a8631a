package fetch

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// errTooLarge ends the reading of a body past its limit.
var errTooLarge = errors.New("too large")

// encodingError is a Content-Encoding that we did not ask for.
type encodingError struct{ encoding string }

func (e *encodingError) Error() string {
	return fmt.Sprintf("Content-Encoding %q, but only one layer of gzip or deflate is read", clip(e.encoding, 60))
}

// firstBuffer is what a body begins with; it doubles from there, so a server that announces much and sends little
// holds little.
const firstBuffer = 32 << 10

// reader reads one answer's body under all limits.
type reader struct {
	ctx   context.Context
	watch *watch
	share *share
}

// read returns the decoded body, at most limit bytes of it. Past the limit the error is errTooLarge and the first
// limit bytes are returned with it.
func (r *reader) read(resp *http.Response, limit int64) ([]byte, error) {
	r.watch.body()
	defer r.watch.bodyDone()
	wire := &wireReader{r: resp.Body, watch: r.watch, left: limit + wireSlack}
	decoded, encoded, err := decoder(resp.Header, wire)
	if err != nil {
		return nil, err
	}
	most := limit + 1
	if resp.ContentLength >= 0 && !encoded {
		most = min(most, resp.ContentLength+1)
	}
	body, err := r.fill(decoded, most)
	if int64(len(body)) > limit {
		return body[:limit], errTooLarge
	}
	return body, err
}

// fill reads until the end, or until at least most bytes are there.
func (r *reader) fill(src io.Reader, most int64) ([]byte, error) {
	buf, err := r.grow(nil, min(firstBuffer, most))
	for err == nil {
		var n int
		n, err = src.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if int64(len(buf)) >= most {
			break
		}
		if err == nil && len(buf) == cap(buf) {
			buf, err = r.grow(buf, min(2*int64(cap(buf)), most))
		}
	}
	if err == io.EOF {
		err = nil
	}
	return buf, err
}

// grow copies buf to a larger buffer, once the gate lets it.
func (r *reader) grow(buf []byte, size int64) ([]byte, error) {
	if err := r.share.take(r.ctx, bufferSize(size), r.watch.pause, r.watch.resume); err != nil {
		return buf, err
	}
	larger := append(r.share.buffers.get(size), buf...)
	r.share.give(int64(cap(buf)))
	r.share.buffers.put(buf)
	r.share.buf = larger
	return larger, nil
}

// wireSlack is by how much an encoded body may be longer than the decoded limit: headers and framing of an encoding
// that does not compress. It also ends streams that never decode to anything.
const wireSlack = 1 << 20

// wireReader counts what comes before it is decoded.
type wireReader struct {
	r     io.Reader
	watch *watch
	left  int64
}

func (w *wireReader) Read(p []byte) (int, error) {
	n, err := w.r.Read(p)
	w.watch.count(n)
	if w.left -= int64(n); w.left < 0 {
		return n, errTooLarge
	}
	return n, err
}

// decoder undoes the Content-Encoding. Servers name zlib streams "deflate" (RFC 9110, section 8.4.1.2), and some send
// the bare deflate stream under that name.
func decoder(h http.Header, r io.Reader) (decoded io.Reader, encoded bool, err error) {
	encoding := strings.ToLower(strings.TrimSpace(strings.Join(h.Values("Content-Encoding"), ",")))
	switch encoding {
	case "", "identity":
		return r, false, nil
	case "gzip", "x-gzip":
		decoded, err = gzip.NewReader(r)
	case "deflate":
		decoded, err = inflate(bufio.NewReader(r))
	default:
		err = &encodingError{encoding}
	}
	if err == io.EOF {
		return strings.NewReader(""), true, nil // no body at all, so no stream to begin with
	}
	return decoded, true, err
}

func inflate(r *bufio.Reader) (io.Reader, error) {
	head, err := r.Peek(2)
	if len(head) < 2 {
		return nil, err
	}
	if head[0]&15 == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 { // RFC 1950, section 2.2
		return zlib.NewReader(r)
	}
	return flate.NewReader(r), nil
}
