package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"

	"github.com/parquet-go/parquet-go"

	"pairmill/internal/float16"
)

// Errors of files whose columns do not hold what the footer declares.
var (
	errTooFew  = errors.New("fewer rows than the file declares")
	errTooMany = errors.New("more rows than the file declares")
	errUneven  = errors.New("columns of one list differ in length")
	errLevels  = errors.New("a row begins in the middle of a list")
)

// cursorValues is how many values a cursor takes out of a page at once.
const cursorValues = 512

// cursor walks one column of one row group, row by row. It holds one page.
type cursor struct {
	source
	pages  parquet.Pages
	page   parquet.Page
	values parquet.ValueReader // of page; nil when there is none
	buf    []parquet.Value     // they point into page
	pos, n int
	hint   int // length of the last list
}

// openCursor opens a chunk at a row. Its pages come from r, its page index from index.
func openCursor(s source, chunk parquet.ColumnChunk, from int64, r, index io.ReaderAt) (*cursor, error) {
	stored, ok := chunk.(*parquet.FileColumnChunk)
	if !ok {
		return nil, fmt.Errorf("%T is no column of a file", chunk)
	}
	if from > 0 {
		// With it, seeking jumps; a file without it is read from the row group's start.
		if _, err := stored.OffsetIndexFrom(index); err != nil && !errors.Is(err, parquet.ErrMissingOffsetIndex) {
			return nil, err
		}
	}
	c := &cursor{source: s, pages: stored.PagesFrom(r), buf: make([]parquet.Value, cursorValues)}
	if from == 0 {
		return c, nil
	}
	if err := c.pages.SeekToRow(from); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *cursor) close() {
	c.release()
	c.pages.Close()
}

func (c *cursor) release() {
	if c.page != nil {
		parquet.Release(c.page)
	}
	c.page, c.values = nil, nil
}

// peek returns the next value, or io.EOF after the last. The value is good until the next peek after a step.
func (c *cursor) peek() (*parquet.Value, error) {
	for c.pos == c.n {
		if err := c.fill(); err != nil {
			return nil, err
		}
	}
	return &c.buf[c.pos], nil
}

func (c *cursor) fill() error {
	c.pos, c.n = 0, 0
	if c.values == nil {
		page, err := c.pages.ReadPage()
		if err != nil {
			return err
		}
		c.page, c.values = page, page.Values()
	}
	n, err := c.values.ReadValues(c.buf)
	c.n = n
	switch {
	case err == io.EOF && n == 0:
		c.release()
		return nil
	case err != nil && err != io.EOF:
		return err
	case n == 0:
		return io.ErrNoProgress
	}
	return nil
}

// row reads the next row's values into the struct row.
func (c *cursor) row(row reflect.Value) error {
	v, err := c.peek()
	switch {
	case err == io.EOF:
		return errTooFew
	case err != nil:
		return err
	case v.RepetitionLevel() != 0:
		return errLevels
	}
	dst := at(row, c.outer)
	if !c.list {
		c.pos++
		c.set(dst, v)
		return nil
	}
	if v.DefinitionLevel() < c.elementAt {
		c.pos++
		return c.length(dst, 0)
	}
	if dst.Type() == float32s {
		return c.floats(dst.Addr().Interface().(*[]float32))
	}
	return c.elements(dst)
}

// elements reads the elements of a row's list.
func (c *cursor) elements(dst reflect.Value) error {
	for n := 0; ; n++ {
		v, err := c.peek()
		if err == io.EOF || err == nil && n > 0 && v.RepetitionLevel() == 0 {
			return c.length(dst, n)
		}
		if err != nil {
			return err
		}
		if n == dst.Len() {
			if !c.first {
				return errUneven
			}
			dst.Set(reflect.Append(dst, reflect.Zero(dst.Type().Elem())))
		}
		c.pos++
		c.set(at(dst.Index(n), c.inner), v)
	}
}

// length checks a list that another column has filled.
func (c *cursor) length(dst reflect.Value, n int) error {
	if dst.Len() != n {
		return errUneven
	}
	return nil
}

// floats is elements for []float32, without reflection.
func (c *cursor) floats(dst *[]float32) error {
	out := make([]float32, 0, c.hint)
	for {
		v, err := c.peek()
		if err == io.EOF || err == nil && len(out) > 0 && v.RepetitionLevel() == 0 {
			c.hint = len(out)
			*dst = out
			return nil
		}
		if err != nil {
			return err
		}
		c.pos++
		out = append(out, c.float(v))
	}
}

func (c *cursor) float(v *parquet.Value) float32 {
	switch {
	case v.IsNull():
		return 0
	case c.half:
		b := v.ByteArray()
		return float16.To32(uint16(b[0]) | uint16(b[1])<<8)
	default:
		return v.Float()
	}
}

// set stores a value that accepts has let through; null is the zero value.
func (c *cursor) set(dst reflect.Value, v *parquet.Value) {
	if v.IsNull() {
		return
	}
	switch c.kind {
	case kindString:
		dst.SetString(string(v.ByteArray()))
	case kindBytes:
		if b := v.ByteArray(); len(b) > 0 {
			dst.SetBytes(bytes.Clone(b))
		}
	case kindBool:
		dst.SetBool(v.Boolean())
	case kindFloat64:
		if v.Kind() == parquet.Float {
			dst.SetFloat(float64(v.Float()))
		} else {
			dst.SetFloat(v.Double())
		}
	case kindFloat32:
		dst.SetFloat(float64(c.float(v)))
	default:
		if v.Kind() == parquet.Int32 {
			dst.SetInt(int64(v.Int32()))
		} else {
			dst.SetInt(v.Int64())
		}
	}
}

// atEnd refuses a column that goes on after the last declared row.
func (c *cursor) atEnd() error {
	switch _, err := c.peek(); err {
	case io.EOF:
		return nil
	case nil:
		return errTooMany
	default:
		return err
	}
}

// guard turns a panic of the Parquet library on a damaged file into an error.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("damaged file: %v", r)
		}
	}()
	return f()
}
