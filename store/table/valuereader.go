package table

import (
	"context"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"pairmill/schemas"
)

// ValuesReader is an open file of anybody's, read as rows of values. It is safe for concurrent use.
//
// Types of other writers become the closed list of schemas.Column:
//
//	STRING, ENUM, JSON                 string
//	byte arrays without annotation     binary, BSON too
//	signed and unsigned up to 32 bits  int32; 32 unsigned bits int64
//	64 unsigned bits                   string of digits: as a number they do not fit
//	FLOAT16, FLOAT; DOUBLE             float; double
//	DECIMAL                            string: -12.50 with all digits of its scale
//	DATE, TIME                         string: 2006-01-02, 15:04:05 with the digits of its unit
//	TIMESTAMP, INT96                   string: 2006-01-02T15:04:05 with the digits of its unit, and Z when adjusted to UTC
//	UUID                               string
//	columns of nulls only              string
//	lists of strings                   list<string>
//	lists of int32, int64              list<int64>
//	lists of float, double             list<double>
//	lists of those lists               list<list<double>>
//
// Maps, structs and other lists are not read, and neither is what is compressed with LZ4. A null inside a list is read as NaN, 0 or "". Strings are not mended.
type ValuesReader struct {
	name    string
	tail    *tail
	file    *parquet.File
	columns []valueColumn
}

// OpenValues opens a file of size bytes, called name in errors. It reads the end of r, which must stay open.
func OpenValues(r io.ReaderAt, size int64, name string) (*ValuesReader, error) {
	t := &ValuesReader{name: name}
	err := guard(func() (err error) {
		if t.tail, err = openTail(r, size); err != nil {
			return err
		}
		t.file, err = parquet.OpenFile(t.tail, size, parquet.SkipMagicBytes(true), parquet.SkipPageIndex(true),
			parquet.SkipBloomFilters(true), parquet.ReadBufferSize(t.tail.buffer()))
		if err != nil {
			return err
		}
		t.columns = valueColumns(t.file)
		return declared(t.file)
	})
	if err != nil {
		return nil, fmt.Errorf("open table %s: %w", name, err)
	}
	return t, nil
}

// Columns lists the columns that can be read, in the file's order.
func (t *ValuesReader) Columns() []schemas.Column {
	var out []schemas.Column
	for _, c := range t.columns {
		if c.Type != "" {
			out = append(out, c.Column)
		}
	}
	return out
}

// Rows is how many rows the file declares.
func (t *ValuesReader) Rows() int64 { return t.file.NumRows() }

// RowGroups are the first rows of the row groups. Reading from there costs nothing extra; reading from between them is
// cheap where the file has a page index, and otherwise decodes the row group from its beginning.
func (t *ValuesReader) RowGroups() []int64 {
	var out []int64
	first := int64(0)
	for _, g := range t.file.RowGroups() {
		out = append(out, first)
		first += g.NumRows()
	}
	return out
}

// Column describes one column. One that is not there, and one whose type is not read, are errors that say what is.
func (t *ValuesReader) Column(name string) (schemas.Column, error) {
	c, err := t.column(name)
	if err != nil {
		return schemas.Column{}, fmt.Errorf("table %s: %w", t.name, err)
	}
	return c.Column, nil
}

func (t *ValuesReader) column(name string) (*valueColumn, error) {
	at := slices.IndexFunc(t.columns, func(c valueColumn) bool { return c.Name == name })
	if at < 0 {
		return nil, fmt.Errorf("no column %q; there are %s", name, t.named())
	}
	if c := &t.columns[at]; c.Type == "" {
		return nil, fmt.Errorf("column %q is %s, which is not read; want one of %s", name, c.foreign,
			strings.Join(schemas.ColumnTypes(), ", "))
	}
	return &t.columns[at], t.checkCodec(&t.columns[at])
}

// checkCodec refuses LZ4: what does not decompress makes the library try ever larger outputs until memory is gone.
func (t *ValuesReader) checkCodec(c *valueColumn) error {
	for i, g := range t.file.Metadata().RowGroups {
		if c.leaf >= len(g.Columns) {
			return fmt.Errorf("column %q: row group %d has %d columns", c.Name, i, len(g.Columns))
		}
		if codec := g.Columns[c.leaf].MetaData.Codec; codec == format.Lz4Raw {
			return fmt.Errorf("column %q is compressed with %v, which is not read from foreign files: write it with zstd or snappy", c.Name, codec)
		}
	}
	return nil
}

func (t *ValuesReader) named() string {
	const most = 40
	var out []string
	for _, c := range t.columns[:min(len(t.columns), most)] {
		out = append(out, fmt.Sprintf("%q", c.Name))
	}
	if len(t.columns) > most {
		out = append(out, "…")
	}
	return strings.Join(out, ", ")
}

// Range yields the rows from (the first is 0) up to, not including, to: a value for each of columns, in that order, as
// the Go types that NewValues lists. A row is new each time. Only the pages of these columns that hold the rows are read,
// one of each column at a time. An error ends the iteration; rows before it are good.
func (t *ValuesReader) Range(ctx context.Context, from, to int64, columns ...string) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		if err := t.read(ctx, from, to, columns, yield); err != nil && err != errStopped {
			yield(nil, fmt.Errorf("read table %s: %w", t.name, err))
		}
	}
}

func (t *ValuesReader) read(ctx context.Context, from, to int64, names []string, yield func([]any, error) bool) error {
	if from < 0 || to < from || to > t.Rows() {
		return fmt.Errorf("rows %d to %d of %d", from, to, t.Rows())
	}
	columns := make([]*valueColumn, len(names))
	for i, name := range names {
		var err error
		if columns[i], err = t.column(name); err != nil {
			return err
		}
	}
	first := int64(0) // of the row group
	for i, g := range t.file.RowGroups() {
		lo, hi := max(from-first, 0), min(to-first, g.NumRows())
		if lo < hi {
			if err := t.readGroup(ctx, i, lo, hi, columns, yield); err != nil {
				return err
			}
		}
		first += g.NumRows()
	}
	return nil
}

// readGroup yields rows of row group i.
func (t *ValuesReader) readGroup(ctx context.Context, i int, from, to int64, columns []*valueColumn, yield func([]any, error) bool) error {
	cursors, err := t.openGroup(i, from, to, columns)
	defer func() {
		for _, c := range cursors {
			c.close()
		}
	}()
	if err != nil {
		return fmt.Errorf("row group %d: %w", i, err)
	}
	atEnd := to == t.file.RowGroups()[i].NumRows()
	for from < to {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows, err := nextRows(cursors, from, int(min(to-from, readRows)))
		if err != nil {
			return fmt.Errorf("row group %d: %w", i, err)
		}
		from += int64(len(rows))
		for _, row := range rows {
			if !yield(row, nil) {
				return errStopped
			}
		}
	}
	if !atEnd {
		return nil
	}
	for _, c := range cursors {
		if err := guard(c.atEnd); err != nil {
			return fmt.Errorf("row group %d, column %s, after row %d: %w", i, c.column.Name, to, err)
		}
	}
	return nil
}

func (t *ValuesReader) openGroup(i int, from, to int64, columns []*valueColumn) (out []valueCursor, err error) {
	chunks := t.file.RowGroups()[i].ColumnChunks()
	leaves := make([]int, len(columns))
	for k, c := range columns {
		leaves[k] = c.leaf
	}
	ahead := t.tail.lookAhead(t.file, i, leaves, from, to)
	for k, c := range columns {
		err := guard(func() error {
			if c.leaf >= len(chunks) {
				return fmt.Errorf("the row group has %d columns", len(chunks))
			}
			if from > 0 {
				if err := checkIndex(ahead.indexes, t.file, i, c.leaf); err != nil {
					return err
				}
			}
			cursor, err := openCursor(source{}, chunks[c.leaf], from, ahead.pages[k], ahead.indexes)
			if err == nil {
				out = append(out, valueCursor{cursor, c})
			}
			return err
		})
		if err != nil {
			return out, fmt.Errorf("column %s: %w", c.Name, err)
		}
	}
	return out, nil
}

// nextRows reads n rows column by column. at is the first one's number in the row group, for errors.
func nextRows(cursors []valueCursor, at int64, n int) ([][]any, error) {
	rows := make([][]any, n)
	values := make([]any, n*len(cursors))
	for i := range rows {
		rows[i] = values[i*len(cursors):][:len(cursors):len(cursors)]
	}
	for k, c := range cursors {
		for i := range rows {
			err := guard(func() (err error) {
				rows[i][k], err = c.next()
				return err
			})
			if err != nil {
				return nil, fmt.Errorf("column %s, row %d: %w", c.column.Name, at+int64(i), err)
			}
		}
	}
	return rows, nil
}
