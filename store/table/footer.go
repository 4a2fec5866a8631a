package table

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"

	"pairmill/store"
)

// tailBytes is what is read from a file's end at once: the footer of most tables, and the page indexes before it.
const tailBytes = 64 << 10

// tail serves reads of a file's end from memory: footer and page indexes cost one request instead of one each.
type tail struct {
	io.ReaderAt
	at     int64 // where end begins
	end    []byte
	size   int64 // of the file
	stride int64 // of a distant object; 0 otherwise

	pages, indexes recent // of the row group that was read in part last: its pages if they are few, its page indexes
}

// openTail reads a file's end, and holds its footer against what the library would do with it: it takes memory for
// footers and lists as long as they claim to be, up to gigabytes, before it reads them.
func openTail(r io.ReaderAt, size int64) (*tail, error) {
	const marks = 12 // "PAR1" at both ends, and the footer's length before the last
	if size < marks {
		return nil, fmt.Errorf("%d bytes are no Parquet file", size)
	}
	t := &tail{ReaderAt: r, size: size, stride: store.Stride(r)}
	if err := t.load(min(size, tailBytes), size); err != nil {
		return nil, err
	}
	last := t.end[len(t.end)-8:]
	if string(last[4:]) != "PAR1" {
		return nil, fmt.Errorf("ends with %q, want \"PAR1\"", last[4:])
	}
	footer := int64(binary.LittleEndian.Uint32(last))
	if footer > size-marks {
		return nil, fmt.Errorf("footer of %d bytes in a file of %d", footer, size)
	}
	if footer+8 > int64(len(t.end)) {
		if err := t.load(footer+8, size); err != nil {
			return nil, err
		}
	}
	if err := checkThrift(t.end[int64(len(t.end))-8-footer : len(t.end)-8]); err != nil {
		return nil, fmt.Errorf("footer: %w", err)
	}
	return t, nil
}

func (t *tail) load(n, size int64) error {
	t.at, t.end = size-n, make([]byte, n)
	if got, err := t.ReaderAt.ReadAt(t.end, t.at); int64(got) < n {
		return fmt.Errorf("read the last %d bytes: %w", n, errors.Join(err, io.ErrUnexpectedEOF))
	}
	return nil
}

// ReadAt implements io.ReaderAt.
func (t *tail) ReadAt(p []byte, off int64) (int, error) {
	if off < t.at || off > t.at+int64(len(t.end)) {
		return t.ReaderAt.ReadAt(p, off)
	}
	n := copy(p, t.end[off-t.at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// checkIndex does for a column's page index what openTail does for the footer. r reads the file.
func checkIndex(r io.ReaderAt, f *parquet.File, group, column int) error {
	md := f.Metadata()
	if group >= len(md.RowGroups) || column >= len(md.RowGroups[group].Columns) {
		return nil // the library has its own error for it
	}
	c := &md.RowGroups[group].Columns[column]
	off, n := c.OffsetIndexOffset, int64(c.OffsetIndexLength)
	if off == 0 {
		return nil // there is none
	}
	if off < 0 || n < 0 || off > f.Size() || n > f.Size()-off {
		return fmt.Errorf("page index of %d bytes at %d in a file of %d", n, off, f.Size())
	}
	b := make([]byte, n)
	if got, err := r.ReadAt(b, off); int64(got) < n {
		return fmt.Errorf("read page index: %w", errors.Join(err, io.ErrUnexpectedEOF))
	}
	if err := checkThrift(b); err != nil {
		return fmt.Errorf("page index: %w", err)
	}
	return nil
}
