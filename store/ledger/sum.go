package ledger

import (
	"context"
	"math"

	"pairmill/schemas"
	"pairmill/store"
)

// Sum adds up what all commit records of a run count. Every fact is counted by one job alone: roll-ups repeat nothing.
func Sum(ctx context.Context, s store.Store, run string) (schemas.Counts, error) {
	return SumTo(ctx, s, run, math.MaxInt)
}

// SumTo adds up what the jobs of a run's generations up to one count: what was known when that had ended.
func SumTo(ctx context.Context, s store.Store, run string, generation int) (schemas.Counts, error) {
	var sum schemas.Counts
	for c, err := range Run(ctx, s, run) {
		if err != nil {
			return sum, err
		}
		if c.Job.Generation <= generation {
			sum.Add(c.Counts)
		}
	}
	return sum, nil
}
