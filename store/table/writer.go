package table

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// Config says how rows become a file. The zero Config stores every field, lists of floats as lists.
type Config struct {
	// Vectors names top-level []float32 columns that hold one vector of a fixed dimension per row. A row with
	// another number of elements is refused by Write. Default: none.
	Vectors map[string]Vector

	// Omit names top-level columns that are not stored. Default: none.
	Omit []string

	// Metadata is written to the footer as it is, such as the key "huggingface". Default: none.
	Metadata map[string]string

	// RowGroupRows is the greatest number of rows in a row group; the next row starts another. Default 65,536:
	// readers skip and parallelise by row group, and fewer rows make each column's share of it too small to
	// be worth a request.
	RowGroupRows int

	// RowGroupBytes is the size at which a row group ends, counted in bytes of values before compression; the row
	// that reaches it is the group's last. It bounds the memory of Writer, and what a reader of whole row groups
	// needs. Default 64 MiB: 65,536 float16 vectors of 512.
	RowGroupBytes int64
}

func (c Config) withDefaults() Config {
	if c.RowGroupRows <= 0 {
		c.RowGroupRows = 65_536
	}
	if c.RowGroupBytes <= 0 {
		c.RowGroupBytes = 64 << 20
	}
	return c
}

// Pages are what a reader decodes at once, and batches what the writer hands on at once. 64 rows of 512 halves are
// 64 KiB; larger batches would make larger pages than asked for.
const (
	pageBytes = 256 << 10
	batchRows = 64
)

// codec is shared: it keeps pools of encoders and is safe for concurrent use.
var codec compress.Codec = &zstd.Codec{Level: zstd.SpeedFastest}

// Writer writes rows of type T. It is for one goroutine.
type Writer[T any] struct {
	grouped
	columns []*shredder
}

// NewWriter starts a file. T's fields or cfg not being storable is the only error.
func NewWriter[T any](w io.Writer, cfg Config) (*Writer[T], error) {
	cfg = cfg.withDefaults()
	columns, err := columnsOf[T](cfg.Vectors, cfg.Omit)
	if err != nil {
		return nil, err
	}
	var options []parquet.WriterOption
	if len(cfg.Vectors) > 0 {
		schema, err := arrowSchema(columns, cfg.Metadata)
		if err != nil {
			return nil, err
		}
		options = append(options, parquet.KeyValueMetadata(arrowKey, schema))
	}
	out := &Writer[T]{}
	for i, l := range leaves(columns, leaf{}) {
		out.columns = append(out.columns, newShredder(l, i))
	}
	schema := schemaOf(columns)
	out.grouped = newGrouped(w, cfg, schema, append(options, skipBounds(schema, out.columns)...)...)
	return out, nil
}

// skipBounds leaves out least and greatest values where they say nothing and cost much: vectors and pictures.
func skipBounds(schema *parquet.Schema, columns []*shredder) []parquet.WriterOption {
	var out []parquet.WriterOption
	for i, path := range schema.Columns() {
		if columns[i].dim > 0 || columns[i].kind == kindBytes {
			out = append(out, parquet.SkipPageBounds(path...))
		}
	}
	return out
}

// Write appends rows; it keeps nothing of them. After an error nothing more is written: the file must be thrown away.
func (w *Writer[T]) Write(rows ...T) error {
	for len(rows) > 0 && w.err == nil {
		n := min(len(rows), batchRows, w.cfg.RowGroupRows-w.inGroup)
		w.err = w.batch(rows[:n])
		rows = rows[n:]
	}
	return w.err
}

func (w *Writer[T]) batch(rows []T) error {
	for i := range rows {
		row := reflect.ValueOf(&rows[i]).Elem()
		for _, c := range w.columns {
			if err := c.check(row); err != nil {
				return fmt.Errorf("write row %d: %w", w.rows, err)
			}
			c.add(row)
		}
		w.rows++
		w.inGroup++
		if w.pending()+w.bytes >= w.cfg.RowGroupBytes {
			if err := w.endGroup(); err != nil {
				return err
			}
		}
	}
	if err := w.flush(); err != nil {
		return err
	}
	if w.inGroup >= w.cfg.RowGroupRows {
		return w.endGroup()
	}
	return nil
}

// pending is the size of what was shredded and not yet handed on.
func (w *Writer[T]) pending() (n int64) {
	for _, c := range w.columns {
		n += c.size
	}
	return n
}

// flush hands shredded values to their columns.
func (w *Writer[T]) flush() error {
	writers := w.group.ColumnWriters()
	for i, c := range w.columns {
		w.bytes += c.size
		if len(c.values) > 0 {
			if _, err := writers[i].WriteRowValues(c.values); err != nil {
				return fmt.Errorf("write column %s: %w", c, err)
			}
		}
		c.reset()
	}
	return nil
}

func (w *Writer[T]) endGroup() error {
	if err := w.flush(); err != nil {
		return err
	}
	return w.commit()
}

var errClosed = errors.New("table writer is closed")

// Close ends the file. A file without it is not Parquet.
func (w *Writer[T]) Close() error { return w.close(w.endGroup) }

// Write writes a whole file and returns how many rows it has. It stops at the first error of rows.
func Write[T any](w io.Writer, cfg Config, rows iter.Seq2[T, error]) (int64, error) {
	out, err := NewWriter[T](w, cfg)
	if err != nil {
		return 0, err
	}
	for row, err := range rows {
		if err == nil {
			err = out.Write(row)
		}
		if err != nil {
			return out.rows, err
		}
	}
	return out.rows, out.Close()
}
