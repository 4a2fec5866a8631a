package ledger

import (
	"context"

	"pairmill/schemas"
	"pairmill/store"
)

// Sum adds up what all commit records of a run count. Every fact is counted by one job alone: roll-ups repeat nothing.
func Sum(ctx context.Context, s store.Store, run string) (schemas.Counts, error) {
	var sum schemas.Counts
	for c, err := range Run(ctx, s, run) {
		if err != nil {
			return sum, err
		}
		sum.Add(c.Counts)
	}
	return sum, nil
}
