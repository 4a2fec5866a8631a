package workers

import (
	"context"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// flow is the fan-in: which jobs does a settled job set free, beyond those that its commit record names? It looks at
// the store alone. Every caller looks after its own commit, so whoever settles the last job of a group sees the
// group complete; several may, and then return the same jobs, which the queue and the commit records make one.
type flow struct {
	store store.Store
	runs  *Runs
	feed  feed
}

func newFlow(s store.Store, runs *Runs, ahead int) *flow {
	return &flow{store: s, runs: runs, feed: newFeed(s, ahead)}
}

// exact returns a flow that returns all jobs that job's settlement sets free, also those that others of its group have
// been told.
func (f *flow) exact() *flow {
	e := *f
	e.feed.each = true
	return &e
}

// after returns the jobs that job's settlement sets free.
func (f *flow) after(ctx context.Context, job schemas.Job) ([]schemas.Job, error) {
	switch job.Task {
	case schemas.TaskRecall:
		return f.afterRecall(ctx, job)
	case schemas.TaskRoute:
		return f.rollUp(ctx, job, schemas.TaskGather, schemas.TaskExchange)
	case schemas.TaskScan:
		return f.rollUp(ctx, job, schemas.TaskScan, schemas.TaskCut)
	case schemas.TaskFetch:
		return joined(ctx, job, f.afterFetch, f.feed.afterFetch)
	case schemas.TaskDedup:
		return f.afterDedup(ctx, job)
	case schemas.TaskEmbed:
		return f.rollUp(ctx, job, schemas.TaskFetch, schemas.TaskSelect)
	case schemas.TaskPlan, schemas.TaskExchange, schemas.TaskCut:
		return joined(ctx, job, f.afterAll, f.feed.afterPlanning)
	case schemas.TaskSelect:
		return f.afterAll(ctx, job)
	case schemas.TaskDeliver:
		return f.tally(ctx, job)
	case schemas.TaskTally:
		return f.finish(ctx, job)
	case schemas.TaskPublish:
		return f.rollUp(ctx, job, schemas.TaskPublish, schemas.TaskRelease)
	}
	return nil, nil
}

// joined returns what each of the functions does.
func joined(ctx context.Context, job schemas.Job, functions ...func(context.Context, schemas.Job) ([]schemas.Job, error)) (all []schemas.Job, err error) {
	for _, f := range functions {
		jobs, err := f(ctx, job)
		if err != nil {
			return nil, err
		}
		all = append(all, jobs...)
	}
	return all, nil
}

// afterGivingUp returns the jobs that may run without job.
func (f *flow) afterGivingUp(ctx context.Context, job schemas.Job) ([]schemas.Job, error) {
	switch {
	case job.Task.Critical():
		return nil, nil
	case job.Task == schemas.TaskWalk:
		return []schemas.Job{schemas.RouteJob(job)}, nil
	}
	return f.after(ctx, job)
}

// rollUp returns the roll-up of job's group once as many jobs of its task have settled as the plan of the group,
// written for the task plan, has jobs.
func (f *flow) rollUp(ctx context.Context, job schemas.Job, plan, rollup schemas.Task) ([]schemas.Job, error) {
	done, err := f.complete(ctx, job.Run, job.Task, plan, job.Group)
	if !done || err != nil {
		return nil, err
	}
	return []schemas.Job{job.RollUp(rollup)}, nil
}

// complete tells whether a group's jobs of a task have all settled.
func (f *flow) complete(ctx context.Context, run string, task, plan schemas.Task, group string) (bool, error) {
	g, err := ledger.ReadGroup(ctx, f.store, run, plan, group)
	if err != nil {
		return false, err
	}
	n, err := ledger.Settled(ctx, f.store, run, task, group)
	return n >= g.Size, err
}

// dedup returns a group's reduces once the group is fetched and the group before it is reduced: groups are reduced
// in order, so that the winner among equal images is always the earliest.
func (f *flow) dedup(ctx context.Context, job schemas.Job, group string) ([]schemas.Job, error) {
	fetched, err := f.complete(ctx, job.Run, schemas.TaskFetch, schemas.TaskFetch, group)
	if !fetched || err != nil {
		return nil, err
	}
	if i, ok := schemas.GroupIndex(group); ok && i > 0 {
		reduced, err := f.reduced(ctx, job.Run, schemas.GroupName(i-1))
		if !reduced || err != nil {
			return nil, err
		}
	}
	spec, err := f.runs.Spec(ctx, job.Run)
	if err != nil {
		return nil, err
	}
	jobs := make([]schemas.Job, spec.Dedup.Buckets)
	for b := range jobs {
		jobs[b] = job.Follow(schemas.TaskDedup, group, schemas.BucketName(b), "")
	}
	return jobs, nil
}

func (f *flow) reduced(ctx context.Context, run, group string) (bool, error) {
	spec, err := f.runs.Spec(ctx, run)
	if err != nil {
		return false, err
	}
	n, err := ledger.Settled(ctx, f.store, run, schemas.TaskDedup, group)
	return n >= spec.Dedup.Buckets, err
}

// afterDedup returns the embeds of a reduced group and the reduces of the next one.
func (f *flow) afterDedup(ctx context.Context, job schemas.Job) ([]schemas.Job, error) {
	reduced, err := f.reduced(ctx, job.Run, job.Group)
	if !reduced || err != nil {
		return nil, err
	}
	g, err := ledger.ReadGroup(ctx, f.store, job.Run, schemas.TaskFetch, job.Group)
	if err != nil {
		return nil, err
	}
	var jobs []schemas.Job
	for _, name := range g.Jobs {
		jobs = append(jobs, job.Follow(schemas.TaskEmbed, job.Group, name, ""))
	}
	i, _ := schemas.GroupIndex(job.Group)
	following := schemas.GroupName(i + 1)
	groups, known, err := ledger.ReadEnd(ctx, f.store, job.Run, job.Generation)
	if err != nil || known && i+1 >= groups { // what follows is of a later generation, whose own fetches set it free
		return jobs, err
	}
	planned, err := ledger.HasGroup(ctx, f.store, job.Run, schemas.TaskFetch, following)
	if !planned || err != nil {
		return jobs, err
	}
	more, err := f.dedup(ctx, job, following)
	return append(jobs, more...), err
}

// afterFetch returns what a fetched group sets free: its reduces, or the end of its deliveries, if there are any. A shard is
// delivered by a job that its own fetch names.
func (f *flow) afterFetch(ctx context.Context, job schemas.Job) ([]schemas.Job, error) {
	spec, err := f.runs.Spec(ctx, job.Run)
	if err != nil {
		return nil, err
	}
	switch {
	case spec.Deliver.Writes():
		return f.tally(ctx, job)
	case spec.Deliver != nil:
		return f.rollUp(ctx, job, schemas.TaskFetch, schemas.TaskTally)
	}
	return f.dedup(ctx, job, job.Group)
}

// afterAll returns the run's last reduce, or its finish, if no more groups can come and all are done.
func (f *flow) afterAll(ctx context.Context, job schemas.Job) ([]schemas.Job, error) {
	spec, err := f.runs.Spec(ctx, job.Run)
	if err != nil {
		return nil, err
	}
	if spec.Deliver != nil {
		return f.finish(ctx, job)
	}
	return f.once(ctx, job, schemas.TaskSelect, schemas.TaskCurate)
}

// once returns the job that follows when each group of the run so far has the roll-up of the task each.
func (f *flow) once(ctx context.Context, job schemas.Job, each, then schemas.Task) ([]schemas.Job, error) {
	groups, known, err := ledger.ReadEnd(ctx, f.store, job.Run, job.Generation)
	if !known || err != nil {
		return nil, err
	}
	for i := range groups {
		n, err := ledger.Settled(ctx, f.store, job.Run, each, schemas.GroupName(i))
		if n == 0 || err != nil {
			return nil, err
		}
	}
	group := schemas.GroupAll
	if then == schemas.TaskCurate {
		group = schemas.AllGroup(job.Generation)
	}
	return []schemas.Job{job.Follow(then, group, schemas.GroupAll, "")}, nil
}

// tally returns the roll-up of a group's deliveries once each shard is delivered or its fetch given up.
func (f *flow) tally(ctx context.Context, job schemas.Job) ([]schemas.Job, error) {
	g, err := ledger.ReadGroup(ctx, f.store, job.Run, schemas.TaskFetch, job.Group)
	if err != nil {
		return nil, err
	}
	delivered, err := ledger.Settled(ctx, f.store, job.Run, schemas.TaskDeliver, job.Group)
	if err != nil {
		return nil, err
	}
	if delivered < g.Size {
		lost, err := ledger.Lost(ctx, f.store, job.Run, schemas.TaskFetch, job.Group)
		if delivered+len(lost) < g.Size || err != nil {
			return nil, err
		}
	}
	return []schemas.Job{job.RollUp(schemas.TaskTally)}, nil
}

// finish returns the end of a generation that delivers.
func (f *flow) finish(ctx context.Context, job schemas.Job) ([]schemas.Job, error) {
	return f.once(ctx, job, schemas.TaskTally, schemas.TaskFinish)
}

// open returns the jobs that have neither been done nor given up.
func (f *flow) open(ctx context.Context, jobs []schemas.Job) ([]schemas.Job, error) {
	var open []schemas.Job
	for _, j := range jobs {
		done, err := ledger.Exists(ctx, f.store, store.CommitKey(j))
		if err == nil && !done {
			done, err = f.givenUp(ctx, j)
		}
		if err != nil {
			return nil, err
		}
		if !done {
			open = append(open, j)
		}
	}
	return open, nil
}

// givenUp tells whether a run goes on without a job. Its rows are counted as quarantined then, so it must not be done
// after all.
func (f *flow) givenUp(ctx context.Context, job schemas.Job) (bool, error) {
	if job.Task.Critical() {
		return false, nil
	}
	return ledger.Exists(ctx, f.store, store.QuarantineKey(job))
}
