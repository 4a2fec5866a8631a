package repair

import (
	"context"
	"fmt"
	"slices"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/workers"
)

// change replaces a fetch's record by one that says what is there, when what is damaged of it cannot be had again: rows whose
// pictures are lost are dropped for schemas.Damaged, and observations are left out. The new objects are put first, then the
// record of the repair, then the commit record, then the delivery that follows from it. resume goes on behind the third.
func (r *repair) change(ctx context.Context, tx *ledger.Tx, rec schemas.Commit, mended workers.Mended) error {
	gens, ok, err := r.changeable(ctx, rec, mended)
	if !ok || err != nil {
		return err
	}
	keys := r.of(rec.Job)
	after := schemas.Commit{
		Version: rec.Version, Job: rec.Job, Counts: *tx.Counts(), Next: rec.Next, Mended: rec.Mended,
		Objects: slices.DeleteFunc(tx.Objects(), func(o schemas.Object) bool {
			return o.Role == schemas.RoleObservations && r.damaged[o.Key]
		}),
	}
	after.Unobserved = rec.Unobserved || len(after.Of(schemas.RoleObservations)) < len(rec.Of(schemas.RoleObservations))
	if len(mended.Lost) > 0 {
		after.Mended = gens
	}
	if after.Check, err = after.Seal(); err != nil {
		return err
	}
	for _, o := range after.Objects {
		if err := r.add(ctx, o); err != nil {
			return err
		}
	}
	var gone []schemas.Object
	for _, key := range keys {
		gone = append(gone, r.found[key].object)
	}
	log := ledger.NewLog[schemas.Repair](r.store, store.RepairsPrefix(r.run))
	if _, err := log.Append(ctx, func(_ []schemas.Repair, n int) (*schemas.Repair, error) {
		rep := &schemas.Repair{
			Version: schemas.Version, Number: n, Program: r.cfg.Version, Damaged: gone, Lost: mended.Lost, Before: rec, After: after.Check,
		}
		var err error
		rep.Sum, err = rep.Seal()
		return rep, err
	}); err != nil {
		return fmt.Errorf("record the repair of %s: %w", rec.Job.ID(), err)
	}
	if err := r.rewrite(ctx, after); err != nil {
		return err
	}
	for i, key := range keys {
		o := Outcome{Object: key, Way: Changed, From: rec.Job.ID(), Why: r.why[key]}
		if i == 0 {
			o.Requests, o.Lost = mended.Asked, len(mended.Lost)
		}
		r.tell(o)
	}
	if len(mended.Lost) == 0 {
		return nil
	}
	if err := r.view.forget(); err != nil {
		return err
	}
	return r.redeliver(ctx, after, mended.Lost)
}

// changeable tells whether a record may be replaced, and how many generations the run has. A run that is not over is still
// read by jobs; where a dataset is made, later jobs have decided over all samples together; and where a retry has taken rows
// that an earlier repair of the shard dropped, further ones could not be told from those.
func (r *repair) changeable(ctx context.Context, rec schemas.Commit, mended workers.Mended) (generations int, ok bool, err error) {
	keys := r.of(rec.Job)
	lost := len(mended.Lost) > 0
	for _, key := range keys {
		role := r.found[key].object.Role
		if role != schemas.RoleObservations && !(lost && (role == schemas.RoleTar || role == schemas.RoleHashes)) {
			return 0, false, nil
		}
	}
	over, err := r.handlers.Over(ctx, r.run)
	if err != nil || !over {
		return 0, false, r.remark(keys, "; the run has not ended: repair it again when it has", err)
	}
	gens, err := ledger.Generations(ctx, r.store, r.run)
	if err != nil || !lost {
		return len(gens), err == nil, err
	}
	spec, err := r.handlers.Spec(ctx, r.run)
	if err != nil {
		return 0, false, err
	}
	if !spec.Deliver.Writes() {
		return 0, false, r.remark(keys, "; versions of the dataset have their own copies, and stay whole", nil)
	}
	if rec.Mended > 0 && gens.Superseded(rec.Left(schemas.Damaged), schemas.Damaged) {
		return 0, false, r.remark(keys, "; a retry has taken rows already that an earlier repair of this shard dropped", nil)
	}
	return len(gens), true, nil
}

// remark adds to why objects are left.
func (r *repair) remark(keys []string, text string, err error) error {
	for _, key := range keys {
		r.why[key] += text
	}
	return err
}

// add puts an object that was made under a key of its own, beside what stands there.
func (r *repair) add(ctx context.Context, o schemas.Object) error {
	m, made := r.view.get(o.Key)
	if !made {
		return nil
	}
	_, err := r.store.Put(ctx, o.Key, m)
	return err
}

// rewrite puts a commit record in the place of the one that stands.
func (r *repair) rewrite(ctx context.Context, rec schemas.Commit) error {
	data, err := ledger.JSON(rec)
	if err != nil {
		return err
	}
	return r.replace(ctx, store.CommitKey(rec.Job), data)
}

// redeliver makes the delivery of a changed shard what follows from it.
func (r *repair) redeliver(ctx context.Context, fetched schemas.Commit, lost []schemas.LostRow) error {
	rec, ok := r.deliveries[withoutInput(fetched.Job)]
	if !ok {
		return nil
	}
	for _, o := range rec.Objects { // hidden, so that all of them are made
		r.damaged[o.Key] = true
	}
	tx := ledger.Begin(r.view, rec.Job, r.cfg.Deps.Dir)
	defer tx.Close()
	if err := r.handlers.Redo(ctx, tx); err != nil {
		return err
	}
	after := schemas.Commit{Version: rec.Version, Job: rec.Job, Objects: tx.Objects(), Counts: *tx.Counts(), Next: rec.Next}
	var err error
	if after.Check, err = after.Seal(); err != nil {
		return err
	}
	for _, o := range after.Objects { // the stats, which say that a shard is whole, come last
		if err := r.deliver(ctx, o.Key); err != nil {
			return err
		}
	}
	if err := r.dropFiles(ctx, fetched, rec, lost); err != nil {
		return err
	}
	if err := r.rewrite(ctx, after); err != nil {
		return err
	}
	for _, key := range r.of(rec.Job) {
		r.tell(Outcome{Object: key, Way: Changed, From: rec.Job.ID(), Why: "its shard has changed"})
	}
	for _, o := range rec.Objects {
		delete(r.damaged, o.Key)
	}
	r.deliveries[withoutInput(fetched.Job)] = after
	return r.view.forget()
}

// deliver puts a file of a delivery in the place of the one that stands.
func (r *repair) deliver(ctx context.Context, key string) error {
	m, made := r.view.get(key)
	if !made {
		return fmt.Errorf("deliver %s again: nothing was made", key)
	}
	return r.replace(ctx, key, m)
}

// dropFiles removes what a delivered folder has of rows that are dropped now.
func (r *repair) dropFiles(ctx context.Context, fetched, delivery schemas.Commit, lost []schemas.LostRow) error {
	base := baseOf(delivery)
	if base == "" {
		return nil
	}
	keys, err := r.keysOf(ctx, fetched, lost)
	if err != nil {
		return err
	}
	for _, key := range keys {
		var files []string
		for info, err := range r.store.List(ctx, base+"/"+key+".") {
			if err != nil {
				return err
			}
			files = append(files, info.Key)
		}
		for _, file := range files {
			if err := r.store.Delete(ctx, file); err != nil {
				return err
			}
			if r.found[file] != nil {
				r.tell(Outcome{Object: file, Way: Changed, From: delivery.Job.ID(), Why: "its row is dropped now"})
			}
		}
	}
	return nil
}
