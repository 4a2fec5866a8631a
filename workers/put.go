package workers

import (
	"context"
	"errors"

	"pairmill/schemas"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// jobPath is the place of a job's objects under the folder of their kind.
func jobPath(j schemas.Job) string { return j.Group + "/" + j.Name }

// putRows writes rows as a table; no rows make no object, and the empty key says so.
func putRows[T any](ctx context.Context, tx *ledger.Tx, path string, rows []T, o schemas.Object) (schemas.Object, error) {
	if len(rows) == 0 {
		return o, nil
	}
	sp, err := tx.Spool()
	if err != nil {
		return o, err
	}
	w, err := table.NewWriter[T](sp, table.Config{})
	if err != nil {
		return o, err
	}
	if err := errors.Join(w.Write(rows...), w.Close()); err != nil {
		return o, err
	}
	o.Rows = int64(len(rows))
	return tx.PutSpool(ctx, path+".parquet", sp, o)
}

// putTable is putRows for a table that nobody needs to find by its key.
func putTable[T any](ctx context.Context, tx *ledger.Tx, path string, rows []T, o schemas.Object) error {
	_, err := putRows(ctx, tx, path, rows, o)
	return err
}

// putJSON writes a small object.
func putJSON(ctx context.Context, tx *ledger.Tx, path string, v any, o schemas.Object) (schemas.Object, error) {
	blob, err := ledger.JSON(v)
	if err != nil {
		return o, err
	}
	return tx.Put(ctx, path, blob, o)
}
