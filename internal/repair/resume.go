package repair

import (
	"context"
	"slices"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// resume makes deliveries follow that a repair which was killed has not come to: those of shards whose record it had replaced.
func (r *repair) resume(ctx context.Context) error {
	repairs, err := ledger.NewLog[schemas.Repair](r.store, store.RepairsPrefix(r.run)).Load(ctx)
	if err != nil || r.cfg.DryRun {
		return err
	}
	for _, rep := range repairs {
		rec, err := ledger.Read(ctx, r.store, rep.Before.Job)
		if err != nil {
			return err
		}
		delivery, ok := r.deliveries[withoutInput(rec.Job)]
		if rec.Check != rep.After || !ok || len(rep.Lost) == 0 || !r.behind(delivery) {
			continue
		}
		if err := r.redeliver(ctx, rec, rep.Lost); err != nil {
			return err
		}
		if key := store.CommitKey(delivery.Job); r.whole[key] {
			r.tell(Outcome{Object: key, Way: Changed, From: rec.Job.ID(), Why: "its shard had changed"})
		}
		for _, key := range r.order { // files that were held against the changed shard
			if r.whole[key] && slices.ContainsFunc(delivery.Objects, func(o schemas.Object) bool { return o.Key == key }) {
				r.tell(Outcome{Object: key, Way: Changed, From: delivery.Job.ID(), Why: "its shard had changed"})
			}
		}
	}
	return nil
}

// behind tells whether verify blames a delivery's record or what it names: it does not say what its shard says.
func (r *repair) behind(delivery schemas.Commit) bool {
	return r.found[store.CommitKey(delivery.Job)] != nil ||
		slices.ContainsFunc(delivery.Objects, func(o schemas.Object) bool { return r.whole[o.Key] })
}

// keysOf reads the keys of rows out of a shard's table.
func (r *repair) keysOf(ctx context.Context, rec schemas.Commit, lost []schemas.LostRow) (keys []string, err error) {
	for _, o := range rec.Of(schemas.RoleTable) {
		rows, err := table.Collect(table.Read[schemas.Row](ctx, r.store, o.Key))
		if err != nil {
			return nil, err
		}
		for _, l := range lost {
			if l.Row < len(rows) && rows[l.Row].Key != "" {
				keys = append(keys, rows[l.Row].Key)
			}
		}
	}
	return keys, nil
}
