package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"

	"pairmill/schemas"
)

// chunk is how much content moves between two looks at the context.
const chunk = 256 << 10

// WriteBlob writes b's content to w and holds it against its announced size and sha256: ErrMismatch when they
// differ. Implementations of Put use it; nothing that w holds may become visible unless it returns nil. Content
// beyond the announced size is not looked at.
func WriteBlob(ctx context.Context, w io.Writer, b Blob) error {
	h := sha256.New()
	n, err := copyContext(ctx, io.MultiWriter(h, w), io.NewSectionReader(b, 0, b.Size()))
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if n != b.Size() {
		return fmt.Errorf("%w: %d bytes, announced %d", ErrMismatch, n, b.Size())
	}
	if sum := schemas.Hash(h.Sum(nil)); sum != b.SHA256() {
		return fmt.Errorf("%w: sha256 %s, announced %s", ErrMismatch, sum, b.SHA256())
	}
	return nil
}

// HashOf reads r to its end and returns the sha256 and the size of what came.
func HashOf(ctx context.Context, r io.Reader) (schemas.Hash, int64, error) {
	h := sha256.New()
	n, err := copyContext(ctx, h, r)
	return schemas.Hash(h.Sum(nil)), n, err
}

// copyContext is io.Copy that ends with the context's error when the context does.
func copyContext(ctx context.Context, w io.Writer, r io.Reader) (int64, error) {
	buf, total := make([]byte, chunk), int64(0)
	for {
		if err := ctx.Err(); err != nil {
			return total, err
		}
		n, err := r.Read(buf)
		if n > 0 {
			if _, werr := w.Write(buf[:n]); werr != nil {
				return total, werr
			}
			total += int64(n)
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}
