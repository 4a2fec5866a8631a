package workers

import (
	"context"
	"fmt"

	"pairmill/schemas"
	"pairmill/store/ledger"
)

// Redo does the work of tx's job once more, whether or not it is done, and commits nothing. A job depends on itself and on
// immutable objects alone, so what it makes now has the keys and the content that its record names: all but a fetch, whose
// observations never come twice, and whose answers may be others today. Mend is for those.
func (h *Handlers) Redo(ctx context.Context, tx *ledger.Tx) error {
	work, ok := h.works()[tx.Job().Task]
	if !ok {
		return fmt.Errorf("job %s has a task that this program does not know", tx.Job().ID())
	}
	if err := work(ctx, tx.Job(), tx); err != nil {
		return fmt.Errorf("%s %s: %w", tx.Job().Task, tx.Job().ID(), err)
	}
	return nil
}

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
