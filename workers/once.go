package workers

import (
	"context"
	"errors"
	"fmt"

	"pairmill/internal/crashpoint"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// Work is what a task does: it writes through tx and says there what follows. It must depend on the job and on
// immutable objects alone, because it may be interrupted anywhere and run again.
type Work func(ctx context.Context, job schemas.Job, tx *ledger.Tx) error

// once is the Handler of a Work: a job whose commit record exists is not done again.
type once struct {
	store store.Store
	flow  *flow
	dir   string
	watch Watcher
	work  Work
}

var _ Handler = (*once)(nil)

func (o *once) Handle(ctx context.Context, job schemas.Job) ([]schemas.Job, error) {
	defer o.flow.runs.enter(job.Run)()
	rec, err := ledger.Read(ctx, o.store, job)
	switch {
	case err == nil:
		return o.replay(ctx, rec)
	case !errors.Is(err, store.ErrNotExist):
		return nil, err
	}
	if givenUp, err := o.flow.givenUp(ctx, job); givenUp || err != nil {
		if err != nil {
			return nil, err
		}
		return o.flow.afterGivingUp(ctx, job)
	}
	crashpoint.At(string(job.Task), crashpoint.Begin)
	tx := ledger.Begin(o.store, job, o.dir)
	defer tx.Close()
	if err := o.work(ctx, job, tx); err != nil {
		return nil, fmt.Errorf("%s %s: %w", job.Task, job.ID(), err)
	}
	if err := ranThrough(ctx); err != nil {
		return nil, err
	}
	if v, ok := o.watch.(Vetter); ok {
		if err := v.Vet(ctx, job); err != nil {
			return nil, err
		}
	}
	if rec, err = tx.Commit(ctx); err != nil {
		return nil, err
	}
	crashpoint.At(string(job.Task), crashpoint.Committed)
	o.watch.Committed(rec)
	after, err := o.flow.after(ctx, job)
	return append(rec.Next[:len(rec.Next):len(rec.Next)], after...), err
}

// replay returns what a finished job sets free, less what is finished too.
func (o *once) replay(ctx context.Context, rec schemas.Commit) ([]schemas.Job, error) {
	after, err := o.flow.after(ctx, rec.Job)
	if err != nil {
		return nil, err
	}
	return o.flow.open(ctx, append(rec.Next[:len(rec.Next):len(rec.Next)], after...))
}

func (o *once) GiveUp(ctx context.Context, job schemas.Job) ([]schemas.Job, error) {
	return o.flow.afterGivingUp(ctx, job)
}
