package report

import (
	"context"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// Spent is what the processes of a run spent on it. A process that was killed is not in it.
type Spent struct {
	Processes int     `json:"processes"`
	Seconds   float64 `json:"seconds"` // summed over processes
	CPU       float64 `json:"cpu"`     // seconds, user and system
	MaxRSS    int64   `json:"max_rss"` // bytes, of the largest process
}

func readSpent(ctx context.Context, s store.Store, run string) (total Spent, err error) {
	for info, err := range s.List(ctx, store.UsagePrefix(run)) {
		if err != nil {
			return total, err
		}
		var u schemas.Usage
		if err := ledger.ReadJSON(ctx, s, info.Key, &u); err != nil {
			return total, err
		}
		total.Processes++
		total.Seconds += u.Seconds
		total.CPU += u.CPUUser + u.CPUSystem
		total.MaxRSS = max(total.MaxRSS, u.MaxRSS)
	}
	return total, nil
}

// CPUPerMillion is CPU seconds for a million kept rows; 0 where nothing was kept or measured.
func (r *Report) CPUPerMillion() float64 {
	if r.Kept == 0 {
		return 0
	}
	return r.Spent.CPU * 1e6 / float64(r.Kept)
}
