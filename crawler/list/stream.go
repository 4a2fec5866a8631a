package list

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxRecord is the longest record of a text file in bytes, line end included: a URL and a caption take some hundred, and
// a quote that is never closed is found before it has swallowed the list.
const maxRecord = 1 << 20

// maxWindow is what a zstd frame may ask for as its window: what `zstd --long` writes.
const maxWindow = 128 << 20

// stream is the text of a file from some byte on, decompressed.
type stream struct {
	*bufio.Reader
	raw  *counted
	zstd *zstd.Decoder
	from int64
	mark int64 // bytes of the byte order mark, which is skipped
}

// openStream reads a file from byte from on; a compressed one can only be read from 0.
func openStream(ctx context.Context, in Input, f File, from int64) (*stream, error) {
	s := &stream{from: from, raw: &counted{ctx: ctx, r: io.NewSectionReader(in, from, max(f.Size-from, 0))}}
	var text io.Reader = s.raw
	buffer := int64(maxRecord)
	var err error
	switch compression(f.Name) {
	case gzipped:
		text, err = gzip.NewReader(bufio.NewReaderSize(s.raw, 64<<10))
	case zstded:
		s.zstd, err = zstd.NewReader(s.raw, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
		text = s.zstd
	default:
		buffer = min(buffer, max(f.Size-from, 0)+1)
	}
	if err != nil {
		return nil, fmt.Errorf("decompress: %w", err)
	}
	s.Reader = bufio.NewReaderSize(text, int(buffer))
	return s, s.unmark()
}

// unmark takes the byte order mark off a file's beginning.
func (s *stream) unmark() error {
	if s.from > 0 {
		return nil
	}
	head, _ := s.Peek(3)
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return fmt.Errorf("the text is UTF-16: convert it to UTF-8")
	}
	if string(head) == "\uFEFF" {
		n, err := s.Discard(len(head))
		s.mark = int64(n)
		return err
	}
	return nil
}

func (s *stream) close() {
	if s.zstd != nil {
		s.zstd.Close()
	}
}

// counted counts what was read, and stops when the context ends.
type counted struct {
	ctx context.Context
	r   io.Reader
	n   int64
}

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
