package workers

import (
	"context"

	"pairmill/schemas"
)

// Ruin is what is left of a shard that a fetch made.
type Ruin struct {
	Record     schemas.Commit
	Table, Tar bool // they are whole

	// Picture finds bytes that may be a kept row's picture: in what is left of the tar, or elsewhere. They are held against
	// the row's hash. Nil: there are none.
	Picture func(ctx context.Context, row *schemas.Row) [][]byte

	// Published looks for the pictures of samples, wanted by id, in what was published of them. Nil: nothing was.
	Published func(ctx context.Context, wanted map[string]bool, found func(id string, image []byte) error) error

	// Ask lets requests be made. Without it they are counted.
	Ask bool
}

// Mended is how a shard was made again.
type Mended struct {
	Asked int               // URLs that were asked for, or would be
	Lost  []schemas.LostRow // rows whose pictures cannot be had any more
}
