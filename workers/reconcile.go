package workers

import (
	"context"
	"fmt"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// Reconcile derives from the store alone what a run still has to do: the jobs that would be queued had no message
// ever been lost. It walks from the plan through every commit record, which names what follows it, and through the
// fan-in of every group.
func (h *Handlers) Reconcile(ctx context.Context, run string) ([]schemas.Job, error) {
	r := reconciler{flow: h.flow.exact(), seen: map[string]bool{}, settled: map[string]bool{}}
	gens, err := ledger.Generations(ctx, h.deps.Store, run)
	for n := range gens {
		plan := schemas.NewJob(run, schemas.TaskPlan, schemas.GroupAll, schemas.GroupAll, "")
		plan.Generation = n
		if err := r.visit(ctx, plan); err != nil {
			return nil, err
		}
	}
	return r.open, err
}

type reconciler struct {
	flow    *flow
	seen    map[string]bool // jobs, by commit key
	settled map[string]bool // groups of a task whose fan-in has been looked at
	open    []schemas.Job
}

// visit follows a job; depth is bounded by the stages of a run times its epochs, so a stack of jobs is used.
func (r *reconciler) visit(ctx context.Context, first schemas.Job) error {
	for stack := []schemas.Job{first}; len(stack) > 0; {
		job := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		next, err := r.step(ctx, job)
		if err != nil {
			return err
		}
		stack = append(stack, next...)
	}
	return nil
}

// step returns what follows a settled job and notes an unsettled one.
func (r *reconciler) step(ctx context.Context, job schemas.Job) ([]schemas.Job, error) {
	key := store.CommitKey(job)
	if r.seen[key] {
		return nil, nil
	}
	r.seen[key] = true
	done, err := ledger.Exists(ctx, r.flow.store, key)
	if err != nil {
		return nil, err
	}
	if !done {
		return r.unfinished(ctx, job)
	}
	rec, err := ledger.Read(ctx, r.flow.store, job)
	if err != nil {
		return nil, err
	}
	after, err := r.fanIn(ctx, job)
	return append(rec.Next, after...), err
}

// unfinished notes a job as open, or follows on from it if it was given up.
func (r *reconciler) unfinished(ctx context.Context, job schemas.Job) ([]schemas.Job, error) {
	givenUp, err := r.flow.givenUp(ctx, job)
	if err != nil {
		return nil, err
	}
	if givenUp {
		return r.flow.afterGivingUp(ctx, job)
	}
	r.open = append(r.open, job)
	return nil, nil
}

// fanIn looks at each group's fan-in once: it is the same for all jobs of the group.
func (r *reconciler) fanIn(ctx context.Context, job schemas.Job) ([]schemas.Job, error) {
	group := fmt.Sprintf("%s/%s/%d", job.Task, job.Group, job.Generation)
	if r.settled[group] {
		return nil, nil
	}
	r.settled[group] = true
	return r.flow.after(ctx, job)
}
