package cluster

import "context"

// Share is how a queue treats a run beside the others.
type Share struct {
	// Weight is how many jobs of the run are handed out for each job of a run of weight 1, while both have jobs queued.
	// 0 means 1; more than MaxWeight means MaxWeight.
	Weight int `json:"weight,omitempty"`
	// Paused keeps queued jobs where they are. Jobs in work go on, and their successors are queued.
	Paused bool `json:"paused,omitempty"`
}

// MaxWeight bounds Share.Weight: a run of the least weight still gets one job in a hundred.
const MaxWeight = 100

// Normal brings a share within its bounds.
func (s Share) Normal() Share {
	s.Weight = min(max(s.Weight, 1), MaxWeight)
	return s
}

// Steering is what a queue lets its control plane do with whole runs. Every Queue of this project has it. Runs that were
// never steered have the zero Share, so that a run gets its turn however many jobs others have queued before it.
type Steering interface {
	// Steer sets a run's share. Repeating it changes nothing. A queue may forget shares with everything else that it holds:
	// whoever decides them repeats them.
	Steer(ctx context.Context, run string, s Share) error

	// Drop removes a run's queued jobs, those in work and its share. A job in work that is settled afterwards changes
	// nothing, but what its worker pushes is queued again: Drop again after the workers have seen the run's end. Dead
	// letters stay.
	Drop(ctx context.Context, run string) error
}
