package table

import (
	"context"
	"io"
	"iter"

	"pairmill/store"
)

// ReadBlob yields every row of a table that is not in a store (yet), such as a spool's. name stands in errors.
func ReadBlob[T any](ctx context.Context, name string, b store.Blob) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		columns, err := columnsOf[T](nil, nil)
		var t *Table[T]
		if err == nil {
			t, err = openObject[T](name, blobObject{io.NewSectionReader(b, 0, b.Size()), name}, leaves(columns, leaf{}))
		}
		if err != nil {
			var zero T
			yield(zero, err)
			return
		}
		t.All(ctx)(yield)
	}
}

// blobObject is a Blob as an open object. Closing it leaves the blob to its owner.
type blobObject struct {
	*io.SectionReader
	name string
}

func (o blobObject) Info() store.Info { return store.Info{Key: o.name, Size: o.Size()} }
func (o blobObject) Close() error     { return nil }

// Collect reads all rows into memory: for tables that a job's size bounds.
func Collect[T any](rows iter.Seq2[T, error]) ([]T, error) {
	var all []T
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, nil
}
