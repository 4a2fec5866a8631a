package sink

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
	"pairmill/store/webdataset"
)

// Shard builds one run shard: Add rows in the order of the part, then Put.
type Shard struct {
	tarSpool, tableSpool *store.Spool
	tar                  *webdataset.Writer
	table                *table.Writer[schemas.Row]
	style                ShardStyle
	rows, kept           int64
}

// NewShard opens a shard that belongs to a transaction. Of styles it takes the first; without one it is the zero
// ShardStyle.
func NewShard(tx *ledger.Tx, styles ...ShardStyle) (*Shard, error) {
	var style ShardStyle
	if len(styles) > 0 {
		style = styles[0]
	}
	tarSpool, err := tx.Spool()
	if err != nil {
		return nil, err
	}
	tableSpool, err := tx.Spool()
	if err != nil {
		return nil, err
	}
	w, err := table.NewWriter[schemas.Row](tableSpool, table.Config{})
	if err != nil {
		return nil, err
	}
	return &Shard{
		tarSpool: tarSpool, tableSpool: tableSpool, tar: webdataset.NewWriter(tarSpool), table: w, style: style.withDefaults(),
	}, nil
}

// Add appends a row. A kept one gets its image into the tar under its key, and learns where it stands there. The image is not
// kept.
func (s *Shard) Add(row *schemas.Row, image []byte) error {
	if row.Kept() {
		if err := s.sample(row, image); err != nil {
			return fmt.Errorf("add %s to shard: %w", row.ID, err)
		}
	}
	s.rows++
	return s.table.Write(*row)
}

func (s *Shard) sample(row *schemas.Row, image []byte) error {
	sum := sha256.Sum256(image)
	row.Key, row.ImageSHA256, row.ImageBytes = s.style.key(row), hex.EncodeToString(sum[:]), int64(len(image))
	files, err := s.style.sample(row, image)
	if err != nil {
		return err
	}
	offsets, err := s.tar.Write(row.Key, files...)
	if err != nil {
		return err
	}
	for i, f := range files {
		if f.Ext == s.style.Ext {
			row.ImageOffset = offsets[i]
		}
	}
	s.kept++
	return nil
}

// Put writes the tar and the table under path.
func (s *Shard) Put(ctx context.Context, tx *ledger.Tx, path string) error {
	if err := errors.Join(s.tar.Close(), s.table.Close()); err != nil {
		return fmt.Errorf("end shard %s: %w", path, err)
	}
	if _, err := tx.PutSpool(ctx, path+".tar", s.tarSpool, schemas.Object{Role: schemas.RoleTar, Rows: s.kept}); err != nil {
		return err
	}
	_, err := tx.PutSpool(ctx, path+".parquet", s.tableSpool, schemas.Object{Role: schemas.RoleTable, Rows: s.rows})
	return err
}
