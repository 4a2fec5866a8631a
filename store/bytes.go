package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"

	"pairmill/schemas"
)

// bytesBlob is content in memory.
type bytesBlob struct {
	*bytes.Reader
	sum schemas.Hash
}

func (b bytesBlob) SHA256() schemas.Hash { return b.sum }

// Bytes makes a Blob of content in memory. It keeps b.
func Bytes(b []byte) Blob {
	return bytesBlob{bytes.NewReader(b), sha256.Sum256(b)}
}

// ReadAll reads a small object whole; one larger than limit bytes is an error.
func ReadAll(ctx context.Context, s Store, key string, limit int64) ([]byte, error) {
	o, err := s.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	defer o.Close()
	if n := o.Info().Size; n > limit {
		return nil, fmt.Errorf("read %s: %d bytes, limit %d", key, n, limit)
	}
	b, err := io.ReadAll(o)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	return b, nil
}
