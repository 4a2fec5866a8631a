package store

import (
	"context"
	"fmt"

	"pairmill/schemas"
)

// Copy gives the object at from a second key, under Put's promises: by the store itself where it is a Copier,
// otherwise by reading the object twice (once for its sha256) and putting it.
func Copy(ctx context.Context, s Store, from, to string) error {
	if c, ok := s.(Copier); ok {
		return c.Copy(ctx, from, to)
	}
	o, err := s.Open(ctx, from)
	if err != nil {
		return err
	}
	defer o.Close()
	sum, _, err := HashOf(ctx, o)
	if err != nil {
		return fmt.Errorf("copy %s to %s: %w", from, to, err)
	}
	_, err = s.Put(ctx, to, objectBlob{o, sum})
	return err
}

// objectBlob is an open object on its way to another key.
type objectBlob struct {
	Object
	sum schemas.Hash
}

func (b objectBlob) Size() int64          { return b.Info().Size }
func (b objectBlob) SHA256() schemas.Hash { return b.sum }
