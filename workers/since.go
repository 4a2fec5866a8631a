package workers

import (
	"context"
	"fmt"

	"pairmill/crawler/web"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// planSince plans a run that is since another. Everything that asks the web waits until that run is recalled, group by group.
func (h *Handlers) planSince(ctx context.Context, run *Run, tx *ledger.Tx) error {
	recalls, err := Base(ctx, h.deps.Store, h.deps.ReadSpec, run.Spec, run.Since)
	if err != nil {
		return err
	}
	if err := h.planSource(ctx, run, tx); err != nil {
		return err
	}
	first := tx.TakeBack()
	if len(recalls) == 0 || len(first) == 0 {
		tx.Next(first...)
		return nil
	}
	if _, err := putJSON(ctx, tx, "waiting.json", schemas.Waiting{Jobs: first}, schemas.Object{Role: schemas.RoleWaiting}); err != nil {
		return err
	}
	g := schemas.Group{Version: schemas.Version, Task: schemas.TaskRecall, Name: recallGroup, Size: len(recalls), Jobs: recalls}
	for _, name := range recalls {
		tx.Next(tx.Job().Follow(schemas.TaskRecall, g.Name, name, ""))
	}
	return ledger.PlanGroup(ctx, tx, g)
}

// recallGroup is the group of a run's recalls: they belong to its first pass.
var recallGroup = schemas.GenerationName(0)

// Base names what a run of the spec recalls of the run that it shall be since: the fetch groups of that one and, if their pages
// would be read alike, its epochs. A run of which nothing can be taken over is an error marked Permanent.
func Base(ctx context.Context, s store.Store, readSpec func(name string, data []byte) (schemas.Spec, error), spec schemas.Spec, since string) (recalls []string, err error) {
	if spec.Source.Shards != nil {
		return nil, Permanent(fmt.Errorf("since %s: a run over shards asks nobody, so it cannot be since another", since))
	}
	data, err := store.ReadAll(ctx, s, store.SpecKey(since), specLimit)
	if isNotExist(err) {
		return nil, Permanent(fmt.Errorf("since %s: there is no such run in this store", since))
	}
	if err != nil {
		return nil, err
	}
	was, err := readSpec(store.SpecKey(since), data)
	switch {
	case err != nil:
	case was.Source.Shards != nil:
		return nil, Permanent(fmt.Errorf("since %s: that run was over shards, and has asked nobody", since))
	case was.Deliver.Writes() && spec.Deliver.Writes():
		return nil, Permanent(fmt.Errorf("since %s: that run has delivered its shards at the top of this store, where this one would: deliver.format none, or a dataset, leaves room", since))
	default:
		err = schemas.SamePictures(spec, was)
	}
	if err != nil {
		return nil, Permanent(fmt.Errorf("since %s: its pictures are not what this run would make of the same bytes: %w", since, err))
	}
	gens, err := ledger.Generations(ctx, s, since)
	if err != nil {
		return nil, err
	}
	groups, over := 0, false
	for n := len(gens) - 1; n >= 0 && !over && err == nil; n-- { // a retry may be under way
		groups, over, err = ledger.ReadEnd(ctx, s, since, n)
	}
	if err == nil && !over {
		err = Permanent(fmt.Errorf("since %s: that run has not planned all that it fetches yet", since))
	}
	for i := range groups {
		recalls = append(recalls, schemas.GroupName(i))
	}
	if err != nil || !web.SameReadings(spec, was) {
		return recalls, err
	}
	for i := 1; ; i++ {
		there, err := ledger.HasGroup(ctx, s, since, schemas.TaskGather, schemas.EpochName(i))
		if !there || err != nil {
			return recalls, err
		}
		recalls = append(recalls, schemas.EpochName(i))
	}
}

// afterRecall returns what waits for the recalls of a run, once all of them have settled.
func (f *flow) afterRecall(ctx context.Context, job schemas.Job) ([]schemas.Job, error) {
	done, err := f.complete(ctx, job.Run, schemas.TaskRecall, schemas.TaskRecall, job.Group)
	if !done || err != nil {
		return nil, err
	}
	rec, err := ledger.Read(ctx, f.store, schemas.NewJob(job.Run, schemas.TaskPlan, schemas.GroupAll, schemas.GroupAll, ""))
	if err != nil {
		return nil, err
	}
	var w schemas.Waiting
	for _, o := range rec.Of(schemas.RoleWaiting) {
		if err := ledger.ReadJSON(ctx, f.store, o.Key, &w); err != nil {
			return nil, err
		}
	}
	return w.Jobs, nil
}
