package table

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"reflect"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"pairmill/store"
)

// readRows is how many rows are decoded at once.
const readRows = 64

// Table is an open file of rows of type T. It is safe for concurrent use.
type Table[T any] struct {
	key     string
	object  store.Object
	tail    *tail
	file    *parquet.File
	sources []source
}

// Open opens a table for access by row. T's columns must be in the file, except those in omit, which are not read.
// The caller must Close it.
func Open[T any](ctx context.Context, s store.Store, key string, omit ...string) (*Table[T], error) {
	columns, err := columnsOf[T](nil, omit)
	if err != nil {
		return nil, err
	}
	return open[T](ctx, s, key, leaves(columns, leaf{}))
}

func open[T any](ctx context.Context, s store.Store, key string, want []leaf) (*Table[T], error) {
	o, err := s.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	return openObject[T](key, o, want)
}

// openObject opens a table in an object, which it closes when that goes wrong.
func openObject[T any](key string, o store.Object, want []leaf) (*Table[T], error) {
	t := &Table[T]{key: key, object: o}
	err := guard(func() (err error) {
		if t.tail, err = openTail(o, o.Info().Size); err != nil {
			return err
		}
		t.file, err = parquet.OpenFile(t.tail, o.Info().Size, parquet.SkipMagicBytes(true), parquet.SkipPageIndex(true),
			parquet.SkipBloomFilters(true), parquet.ReadBufferSize(t.tail.buffer()))
		if err != nil {
			return err
		}
		if t.sources, err = resolve(t.file, want); err != nil {
			return err
		}
		if err := checkCodecs(t.file); err != nil {
			return err
		}
		return declared(t.file)
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open table %s: %w", key, err), o.Close())
	}
	return t, nil
}

// checkCodecs refuses what checkCodec does, of all columns. We write none of it, but it is one bit away from what we write.
func checkCodecs(f *parquet.File) error {
	for i, g := range f.Metadata().RowGroups {
		for c := range g.Columns {
			if codec := g.Columns[c].MetaData.Codec; codec == format.Lz4Raw {
				return fmt.Errorf("row group %d, column %d: compressed with %v, which is not read", i, c, codec)
			}
		}
	}
	return nil
}

// declared checks that the row groups' numbers of rows add up to the file's.
func declared(f *parquet.File) error {
	sum := int64(0)
	for i, g := range f.RowGroups() {
		n := g.NumRows()
		if n < 0 || n > f.NumRows()-sum {
			return fmt.Errorf("row group %d of %d rows in a file of %d", i, n, f.NumRows())
		}
		sum += n
	}
	if sum != f.NumRows() {
		return fmt.Errorf("row groups have %d rows, the file declares %d", sum, f.NumRows())
	}
	return nil
}

// Close closes the object.
func (t *Table[T]) Close() error { return t.object.Close() }

// Rows is how many rows the file declares.
func (t *Table[T]) Rows() int64 { return t.file.NumRows() }

// Metadata returns the value of a key in the footer, and whether it is there.
func (t *Table[T]) Metadata(key string) (string, bool) { return t.file.Lookup(key) }

// Columns lists the file's top-level columns in their order.
func (t *Table[T]) Columns() []string {
	var out []string
	for _, c := range t.file.Root().Columns() {
		out = append(out, c.Name())
	}
	return out
}

// All yields every row.
func (t *Table[T]) All(ctx context.Context) iter.Seq2[T, error] { return t.Range(ctx, 0, t.Rows()) }

// Range yields the rows from (the first is 0) up to, not including, to. It reads only the pages that hold them. An
// error ends the iteration and comes with a zero row; rows before it are good.
func (t *Table[T]) Range(ctx context.Context, from, to int64) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		if from < 0 || to < from || to > t.Rows() {
			yield(zero, fmt.Errorf("read table %s: rows %d to %d of %d", t.key, from, to, t.Rows()))
			return
		}
		first := int64(0) // of the row group
		for i, g := range t.file.RowGroups() {
			n := g.NumRows()
			lo, hi := max(from-first, 0), min(to-first, n)
			if lo < hi {
				err := t.readGroup(ctx, i, lo, hi, yield)
				if err != nil && err != errStopped {
					yield(zero, fmt.Errorf("read table %s, row group %d: %w", t.key, i, err))
				}
				if err != nil {
					return
				}
			}
			first += n
		}
	}
}

// errStopped ends an iteration whose reader has seen enough.
var errStopped = errors.New("reader stopped")

// openGroup opens rows of row group i. Only reading from its middle needs page indexes.
func (t *Table[T]) openGroup(i int, from, to int64) (r *groupReader, err error) {
	err = guard(func() (err error) {
		columns := make([]int, len(t.sources))
		for k, s := range t.sources {
			columns[k] = s.index
		}
		ahead := t.tail.lookAhead(t.file, i, columns, from, to)
		for _, s := range t.sources {
			if from == 0 {
				break
			}
			if err := checkIndex(ahead.indexes, t.file, i, s.index); err != nil {
				return fmt.Errorf("column %s: %w", &s.leaf, err)
			}
		}
		r, err = openGroup(t.file.RowGroups()[i], t.sources, from, to, ahead)
		return err
	})
	return r, err
}

// readGroup yields rows of row group i.
func (t *Table[T]) readGroup(ctx context.Context, i int, from, to int64, yield func(T, error) bool) error {
	r, err := t.openGroup(i, from, to)
	if err != nil {
		return err
	}
	defer r.close()
	rows := make([]T, readRows)
	for n := 1; n > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		clear(rows)
		err := guard(func() (err error) {
			n, err = r.next(reflect.ValueOf(rows))
			return err
		})
		if err != nil {
			return err
		}
		for i := range rows[:n] {
			if !yield(rows[i], nil) {
				return errStopped
			}
		}
	}
	return nil
}

// Read yields every row of a table, holding one page of each column at a time. Columns in omit are not read.
func Read[T any](ctx context.Context, s store.Store, key string, omit ...string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		t, err := Open[T](ctx, s, key, omit...)
		if err != nil {
			var zero T
			yield(zero, err)
			return
		}
		defer t.Close()
		t.All(ctx)(yield)
	}
}
