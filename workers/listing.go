package workers

import (
	"context"
	"fmt"

	"pairmill/crawler/list"
	"pairmill/schemas"
	"pairmill/store/ledger"
)

// listing returns what the plan of a generation found out about its list. It is read once in a process.
func (r *Runs) listing(ctx context.Context, run string, generation int) (list.Plan, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := pass{run, generation}
	if plan, ok := r.listings[p]; ok {
		return plan, nil
	}
	plan, err := r.readListing(ctx, p)
	if err == nil {
		r.listings[p] = plan
	}
	return plan, err
}

func (r *Runs) readListing(ctx context.Context, p pass) (plan list.Plan, err error) {
	job := schemas.NewJob(p.run, schemas.TaskPlan, schemas.GroupAll, schemas.GroupAll, "")
	job.Generation = p.generation
	rec, err := ledger.Read(ctx, r.deps.Store, job)
	if err != nil {
		return plan, err
	}
	of := rec.Of(schemas.RoleListing)
	if len(of) != 1 {
		return plan, Permanent(fmt.Errorf("commit record of %s names %d listings, want one", job.ID(), len(of)))
	}
	return plan, ledger.ReadJSON(ctx, r.deps.Store, of[0].Key, &plan)
}
