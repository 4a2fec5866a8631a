package control

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"pairmill/cluster"
)

// calmLooks is at how many looks in a row nothing of a run that is over must be found before it is left alone. A worker that
// was settling a job while the queue dropped the run pushes what follows it; that is over well within this many looks.
const calmLooks = 15

// longOver is how long a run must be over for one look to be enough: a new leader need not wind up what others have.
const longOver = 10 * time.Minute

// wind takes what is left of a run that is over out of the queue and off the workers.
func (t *tender) wind(ctx context.Context, r *tended) error {
	if r.calm >= calmLooks {
		return nil
	}
	queued, err := t.count(ctx, r)
	if err != nil {
		return err
	}
	if queued == 0 && time.Since(r.now.Changed) > longOver {
		r.calm = calmLooks
		return nil
	}
	if queued > 0 || r.calm == 0 {
		if err := t.medium.Queue.Drop(ctx, r.run); err != nil {
			return err
		}
		r.share = nil
	}
	working := false
	for _, m := range r.members {
		if works(m, r.run) {
			working = true
			t.stop(ctx, m.ID, r.run)
		}
	}
	if queued > 0 || working {
		r.calm = 1 // dropped already
	} else {
		r.calm++
	}
	return nil
}

func works(m cluster.Member, run string) bool {
	for _, j := range m.Jobs {
		if j.Run == run {
			return true
		}
	}
	return false
}

// stopTimeout is how long a worker has for its answer. It is called again at the next look.
const stopTimeout = 2 * time.Second

// stop asks a worker to let go of a run's jobs.
func (t *tender) stop(ctx context.Context, member, run string) {
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	q, err := json.Marshal(question{Stop: run})
	if err == nil {
		_, err = t.medium.Calls.Call(ctx, member, q)
	}
	if err != nil && !errors.Is(err, cluster.ErrNobody) {
		t.log.Warn("stop the jobs of a run that is over", "run", run, "worker", member, "error", err)
	}
}

// question is what a control plane asks of a worker.
type question struct {
	Stop string `json:"stop,omitempty"` // the run whose jobs in work are to be stopped
}
