package table

import (
	"context"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"

	"pairmill/store"
)

// Check reads a table whole, whatever its columns are, and returns how many rows it has. Pages that fail their
// checksum, and columns with more or fewer rows than the file declares, are errors.
func Check(ctx context.Context, s store.Store, key string) (int64, error) {
	t, err := open[struct{}](ctx, s, key, nil)
	if err != nil {
		return 0, err
	}
	defer t.Close()
	for i, g := range t.file.RowGroups() {
		chunks := g.ColumnChunks()
		all := make([]int, len(chunks))
		for c := range all {
			all[c] = c
		}
		ahead := t.tail.lookAhead(t.file, i, all, 0, g.NumRows())
		for c, chunk := range chunks {
			err := guard(func() error { return checkColumn(ctx, chunk, g.NumRows(), ahead.pages[c]) })
			if err != nil {
				return 0, fmt.Errorf("check table %s, row group %d, column %d: %w", key, i, c, err)
			}
		}
	}
	return t.Rows(), nil
}

func checkColumn(ctx context.Context, chunk parquet.ColumnChunk, want int64, r io.ReaderAt) error {
	c, err := openCursor(source{}, chunk, 0, r, r)
	if err != nil {
		return err
	}
	defer c.close()
	for rows := int64(0); ; c.pos++ {
		if c.pos == c.n && ctx.Err() != nil {
			return ctx.Err()
		}
		v, err := c.peek()
		switch {
		case err == io.EOF && rows < want:
			return fmt.Errorf("%w: %d of %d", errTooFew, rows, want)
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case v.RepetitionLevel() == 0:
			if rows++; rows > want {
				return fmt.Errorf("%w: %d", errTooMany, want)
			}
		}
	}
}
