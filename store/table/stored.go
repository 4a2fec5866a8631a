package table

import (
	"context"
	"errors"

	"pairmill/store"
)

// Stored is a table in a store, open for its values. Close closes it.
type Stored struct {
	*ValuesReader
	object store.Object
}

// OpenStored opens a table by its key.
func OpenStored(ctx context.Context, s store.Store, key string) (*Stored, error) {
	o, err := s.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	values, err := OpenValues(o, o.Info().Size, key)
	if err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return &Stored{values, o}, nil
}

// Size is the table's size in bytes.
func (t *Stored) Size() int64 { return t.object.Info().Size }

// Close closes the object. What was read stays.
func (t *Stored) Close() error { return t.object.Close() }
