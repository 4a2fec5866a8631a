package npy

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"pairmill/internal/float16"
)

// Types of values.
const (
	Float16 = "float16"
	Float32 = "float32"
)

// maxDim bounds the values of a row, so that a row is a matter of kilobytes.
const maxDim = 1 << 16

// Array is rows of Dim values each. It is safe for concurrent use.
type Array struct {
	Rows int64
	Dim  int
	Type string // of its values: Float16 or Float32

	archive *Archive
	name    string
	file    *zip.File
	start   int64 // of the values, in bytes from the start of the member
	at      int64 // of the member in the file, when it is stored; -1 when it is deflated
}

// errShort is an array with fewer bytes than its shape asks for.
var errShort = errors.New("it ends before its last row")

func (x *Array) wrap(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = errShort
	}
	return fmt.Errorf("%s, array %s: %w", x.archive.name, x.name, err)
}

// open reads the header.
func (x *Array) open() error {
	if x.file.Flags&1 != 0 {
		return errors.New("it is encrypted")
	}
	if x.at = -1; x.file.Method == zip.Store {
		if x.file.CompressedSize64 != x.file.UncompressedSize64 {
			return fmt.Errorf("%d bytes are stored of %d", x.file.CompressedSize64, x.file.UncompressedSize64)
		}
		var err error
		if x.at, err = x.file.DataOffset(); err != nil {
			return err
		}
		if x.file.UncompressedSize64 > uint64(max(0, x.archive.size-x.at)) {
			return errShort
		}
	}
	r, err := x.file.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	h, err := readHeader(r)
	if err != nil {
		return err
	}
	return x.take(h)
}

// take takes over what a header says, if that can be read and the member is as long.
func (x *Array) take(h header) error {
	switch h.descr {
	case "<f2":
		x.Type = Float16
	case "<f4":
		x.Type = Float32
	default:
		return fmt.Errorf("values of type %s: want <f2 or <f4, little-endian halves or floats", h.descr)
	}
	if len(h.shape) != 2 {
		return fmt.Errorf("shape %v: want two dimensions, rows and values", h.shape)
	}
	rows, dim := h.shape[0], h.shape[1]
	switch {
	case h.fortran && rows > 1 && dim > 1:
		return errors.New("its values stand column by column (fortran_order): want them row by row")
	case dim < 1 || dim > maxDim:
		return fmt.Errorf("rows of %d values: want 1 to %d", dim, maxDim)
	case rows < 0:
		return fmt.Errorf("%d rows", rows)
	}
	x.Rows, x.Dim, x.start = rows, int(dim), h.size
	want := x.file.UncompressedSize64 - uint64(h.size)
	if uint64(h.size) > x.file.UncompressedSize64 || rows > math.MaxInt64/x.rowSize() || want != uint64(rows*x.rowSize()) {
		return fmt.Errorf("%d bytes for %d rows of %d %s values", x.file.UncompressedSize64, rows, dim, x.Type)
	}
	return nil
}

func (x *Array) rowSize() int64 {
	if x.Type == Float16 {
		return 2 * int64(x.Dim)
	}
	return 4 * int64(x.Dim)
}

// blockBytes is how much is read at a time, and the widest gap between wanted rows that is read along.
const blockBytes = 1 << 20

// Read calls each with the values of rows, which must ascend and may repeat; i counts them. The slice is each's own.
func (x *Array) Read(ctx context.Context, rows []int64, each func(i int, values []float32) error) error {
	last := int64(0)
	for _, row := range rows {
		if row < last || row >= x.Rows {
			return x.wrap(fmt.Errorf("row %d of %d is asked for after row %d", row, x.Rows, last))
		}
		last = row
	}
	in, err := x.reader()
	if err != nil {
		return x.wrap(err)
	}
	defer in.close()
	block := max(1, blockBytes/x.rowSize())
	buf := make([]byte, 0, block*x.rowSize())
	for i := 0; i < len(rows); {
		first, n := rows[i], i
		for n < len(rows) && rows[n]-first < block {
			n++
		}
		buf = buf[:(rows[n-1]-first+1)*x.rowSize()]
		if err := errors.Join(ctx.Err(), in.readAt(buf, first*x.rowSize())); err != nil {
			return x.wrap(fmt.Errorf("from row %d on: %w", first, err))
		}
		for ; i < n; i++ {
			at := (rows[i] - first) * x.rowSize()
			if err := each(i, x.values(buf[at:at+x.rowSize()])); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *Array) values(b []byte) []float32 {
	out := make([]float32, 0, x.Dim)
	if x.Type == Float16 {
		return float16.Decode(out, b)
	}
	for ; len(b) > 0; b = b[4:] {
		out = append(out, math.Float32frombits(binary.LittleEndian.Uint32(b)))
	}
	return out
}

// Check reads the whole array and holds it against its checksum.
func (x *Array) Check(ctx context.Context) error {
	r, err := x.file.Open()
	if err != nil {
		return x.wrap(err)
	}
	defer r.Close()
	buf := make([]byte, blockBytes)
	for err == nil {
		if err = ctx.Err(); err == nil {
			_, err = r.Read(buf)
		}
	}
	if err == io.EOF {
		return nil
	}
	return x.wrap(err)
}

// reader reads an array's values at ascending places.
type reader struct {
	r   io.ReaderAt // of a stored array
	in  io.ReadCloser
	buf *bufio.Reader // of a deflated one
	off int64         // of buf
}

func (x *Array) reader() (*reader, error) {
	if x.at >= 0 {
		return &reader{r: io.NewSectionReader(x.archive.r, x.at+x.start, x.Rows*x.rowSize())}, nil
	}
	in, err := x.file.Open()
	if err != nil {
		return nil, err
	}
	return &reader{in: in, buf: bufio.NewReaderSize(in, 64<<10), off: -x.start}, nil
}

// readAt fills p with what stands off bytes behind the first value.
func (r *reader) readAt(p []byte, off int64) error {
	if r.r != nil {
		n, err := r.r.ReadAt(p, off)
		if n == len(p) {
			return nil
		}
		return err
	}
	skipped, err := io.CopyN(io.Discard, r.buf, off-r.off)
	r.off += skipped
	if err != nil {
		return err
	}
	n, err := io.ReadFull(r.buf, p)
	r.off += int64(n)
	return err
}

func (r *reader) close() {
	if r.in != nil {
		r.in.Close()
	}
}
