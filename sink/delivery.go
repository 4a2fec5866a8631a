package sink

import (
	"context"
	"errors"
	"fmt"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// Delivery gives a run shard img2dataset's form under plain names at the top of the store. What it writes follows from
// the fetch job's record alone, so that repeating it, also by two workers at once, writes the same again.
type Delivery struct {
	Store   store.Store
	Deliver schemas.Deliver
	Style   ShardStyle // as the run shard has it
	Shard   int        // its number
}

// Write writes the shard that a fetch job committed: the pictures, the table, and last the stats, whose presence is to
// img2dataset and its readers the sign that a shard is whole. tx names the objects that have a name of their own; the
// members that format files spreads over a folder are those of the run shard, whose record names them as one.
//
// Other content under one of the names is store.ErrConflict: another try cannot mend it.
func (d Delivery) Write(ctx context.Context, tx *ledger.Tx, rec schemas.Commit) error {
	d.Style = d.Style.withDefaults()
	tars, tables := rec.Of(schemas.RoleTar), rec.Of(schemas.RoleTable)
	if len(tars) != 1 || len(tables) != 1 {
		return fmt.Errorf("deliver %s: its record names %d tars and %d tables, want one each", rec.Job.ID(), len(tars), len(tables))
	}
	var err error
	switch d.Deliver.Format {
	case schemas.DeliverWebDataset:
		err = d.tar(ctx, tx, tars[0])
	case schemas.DeliverFiles:
		err = d.files(ctx, tars[0])
	case schemas.DeliverParquet:
	default:
		err = fmt.Errorf("unknown format %q", d.Deliver.Format)
	}
	if err == nil {
		err = d.tables(ctx, tx, rec, tars[0], tables[0])
	}
	if errors.Is(err, store.ErrConflict) {
		err = fmt.Errorf("a file is there already with other content, perhaps of another list: deliver to another folder, or "+
			"start with --incremental_mode extend (numbers after the highest) or overwrite: %w", err)
	}
	if err != nil {
		return fmt.Errorf("deliver shard %s: %w", d.name(), err)
	}
	tx.Counts().Rows += tars[0].Rows
	return nil
}

// name is the shard's, which all its files begin with.
func (d Delivery) name() string { return fmt.Sprintf("%0*d", d.Deliver.Digits, d.Shard) }

// tar gives the run shard its second name: no bytes move where the store can do that.
func (d Delivery) tar(ctx context.Context, tx *ledger.Tx, from schemas.Object) error {
	to := from
	to.Role, to.Key, to.For = schemas.RoleDelivered, d.name()+".tar", ""
	if err := store.Copy(ctx, d.Store, from.Key, to.Key); err != nil {
		return err
	}
	tx.Wrote()
	tx.Name(to)
	return nil
}

// tables writes the table and the stats in one pass over the rows.
func (d Delivery) tables(ctx context.Context, tx *ledger.Tx, rec schemas.Commit, tar, rows schemas.Object) error {
	spool, err := tx.Spool()
	if err != nil {
		return err
	}
	defer spool.Close()
	counted, err := d.sidecar(ctx, spool, tar, rows)
	if err != nil {
		return err
	}
	content, err := spool.Blob()
	if err != nil {
		return err
	}
	if err := d.put(ctx, tx, ".parquet", content, counted.count); err != nil {
		return err
	}
	times, err := clockOf(ctx, d.Store, rec)
	if err != nil {
		return err
	}
	return d.put(ctx, tx, "_stats.json", store.Bytes(counted.json(times)), 0)
}

func (d Delivery) sidecar(ctx context.Context, spool *store.Spool, tar, rows schemas.Object) (*tally, error) {
	side := sidecar{d.Style, d.Deliver.Format == schemas.DeliverParquet}
	w, err := table.NewValues(spool, side.columns(), table.Config{})
	if err != nil {
		return nil, err
	}
	images, err := d.Store.Open(ctx, tar.Key)
	if err != nil {
		return nil, err
	}
	defer images.Close()
	counted := newTally()
	for row, err := range table.Read[schemas.Row](ctx, d.Store, rows.Key) {
		if err != nil {
			return nil, err
		}
		var image []byte
		if side.pictures && row.Kept() {
			if image, err = pictureAt(images, &row); err != nil {
				return nil, err
			}
		}
		values, err := side.values(&row, image)
		if err != nil {
			return nil, err
		}
		if err := w.Write(values); err != nil {
			return nil, err
		}
		counted.add(&row)
	}
	return counted, w.Close()
}

// put writes a file under its plain name.
func (d Delivery) put(ctx context.Context, tx *ledger.Tx, ext string, b store.Blob, rows int64) error {
	o := schemas.Object{Role: schemas.RoleDelivered, Key: d.name() + ext, Size: b.Size(), SHA256: b.SHA256(), Rows: rows}
	if _, err := d.Store.Put(ctx, o.Key, b); err != nil {
		return err
	}
	tx.Wrote()
	tx.Name(o)
	return nil
}
