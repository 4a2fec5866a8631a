package control

import (
	"context"
	"errors"
	"time"

	"pairmill/schemas"
	"pairmill/workers"
)

// overAgain is how often the ledger is asked whether a run is over although the queue holds jobs of it: a run that stopped
// leaves some.
const overAgain = 10 * time.Second

// ended asks the ledger whether the run is over, and records it.
func (t *tender) ended(ctx context.Context, r *tended, queued int) (bool, error) {
	if queued > 0 && time.Since(r.looked) < overAgain {
		return false, nil
	}
	over, why := t.handlers.Over(ctx, r.run)
	r.looked = time.Now()
	stopped := errors.Is(why, workers.ErrStopped) || workers.IsPermanent(why)
	if !over && !stopped || why != nil && !stopped {
		return false, why
	}
	if stopped {
		return true, t.finish(ctx, r.run, schemas.RunStopped, why.Error())
	}
	return true, t.finish(ctx, r.run, schemas.RunDone, "")
}

// finish records that a run is over, and why.
func (c *Control) finish(ctx context.Context, run string, outcome schemas.RunState, text string) error {
	_, err := c.decide(ctx, run, c.id, func(now schemas.Standing) (*schemas.Control, error) {
		if now.State.Over() {
			return nil, nil
		}
		return &schemas.Control{Action: schemas.ActionEnd, Outcome: outcome, Text: text}, nil
	})
	return err
}
