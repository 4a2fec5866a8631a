package workers

import (
	"context"
	"fmt"

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
