package workers

import (
	"context"
	"errors"
	"iter"

	"pairmill/internal/extsort"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// rowSpool is a table on its way into the store, for rows that come one by one.
type rowSpool[T any] struct {
	tx     *ledger.Tx
	spool  *store.Spool
	writer *table.Writer[T]
	rows   int64
}

func newRowSpool[T any](tx *ledger.Tx, opts ...table.Config) (*rowSpool[T], error) {
	sp, err := tx.Spool()
	if err != nil {
		return nil, err
	}
	var o table.Config
	if len(opts) > 0 {
		o = opts[0]
	}
	w, err := table.NewWriter[T](sp, o)
	return &rowSpool[T]{tx: tx, spool: sp, writer: w}, err
}

func (r *rowSpool[T]) add(rows ...T) error {
	r.rows += int64(len(rows))
	return r.writer.Write(rows...)
}

// put ends the table and writes it; a table without rows is not written and has no key.
func (r *rowSpool[T]) put(ctx context.Context, path string, o schemas.Object) (schemas.Object, error) {
	if r.rows == 0 {
		return o, r.writer.Close()
	}
	return r.putAlways(ctx, path, o)
}

// putAlways is put for a table that must be there, with rows or without.
func (r *rowSpool[T]) putAlways(ctx context.Context, path string, o schemas.Object) (schemas.Object, error) {
	if err := r.writer.Close(); err != nil {
		return o, err
	}
	o.Rows = r.rows
	return r.tx.PutSpool(ctx, path+".parquet", r.spool, o)
}

// read ends the table and reads it back without writing it.
func (r *rowSpool[T]) read(ctx context.Context) (iter.Seq2[T, error], error) {
	if err := r.writer.Close(); err != nil {
		return nil, err
	}
	blob, err := r.spool.Blob()
	if err != nil {
		return nil, err
	}
	return table.ReadBlob[T](ctx, "spooled rows", blob), nil
}

// putSorted writes a sorter's rows as a table.
func putSorted[T any](ctx context.Context, tx *ledger.Tx, path string, s *extsort.Sorter[T], o schemas.Object, opts ...table.Config) error {
	out, err := newRowSpool[T](tx, opts...)
	if err != nil {
		return err
	}
	for row, err := range s.Sorted(ctx) {
		if err != nil {
			return errors.Join(err, out.writer.Close())
		}
		if err := out.add(row); err != nil {
			return err
		}
	}
	_, err = out.put(ctx, path, o)
	return err
}
