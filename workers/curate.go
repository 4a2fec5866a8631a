package workers

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"

	"pairmill/curate"
	"pairmill/internal/extsort"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// curate merges the selections of all groups, decides what is published, and cuts the dataset into equal shards.
// Two passes: the first decides and counts, the second deals out, since equal shards need the count.
func (h *Handlers) curate(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	run, err := h.runs.Get(ctx, job)
	if err != nil {
		return err
	}
	in, err := h.curateInputs(ctx, job)
	if err != nil {
		return err
	}
	kept, decisions, err := h.choose(ctx, run, in, tx)
	if err != nil {
		return err
	}
	shards := curate.Cut(kept.rows, run.Spec.Dataset.ShardSamples)
	rows, err := kept.read(ctx)
	if err != nil {
		return err
	}
	if err := deal(ctx, run, in.dim, shards, rows, decisions, tx); err != nil {
		return err
	}
	tx.Counts().Rows = kept.rows
	if err := h.decidedBefore(ctx, job, tx.Counts()); err != nil {
		return err
	}
	if shards.Count == 0 {
		tx.Next(job.RollUp(schemas.TaskRelease))
	}
	_, err = decisions.put(ctx, "decisions", schemas.Object{Role: schemas.RoleDecisions})
	return err
}

// decidedBefore takes what the curates of earlier generations have counted out of a count of all samples: they are decided
// on anew, and the ledger adds up.
func (h *Handlers) decidedBefore(ctx context.Context, job schemas.Job, counts *schemas.Counts) error {
	for g := range job.Generation {
		for rec, err := range ledger.Group(ctx, h.deps.Store, job.Run, schemas.TaskCurate, schemas.AllGroup(g)) {
			if err != nil {
				return err
			}
			counts.Rows -= rec.Counts.Rows
			for r, n := range rec.Counts.Dropped {
				counts.Drop(r, -n)
			}
		}
	}
	maps.DeleteFunc(counts.Dropped, func(_ schemas.Reason, n int64) bool { return n == 0 })
	return nil
}

// curateInputs is what all groups have left for the last reduce.
type curateInputs struct {
	selections, duplicates []string
	optOuts                map[string]string
	dim                    int
}

func (h *Handlers) curateInputs(ctx context.Context, job schemas.Job) (in curateInputs, err error) {
	groups, _, err := ledger.ReadEnd(ctx, h.deps.Store, job.Run, job.Generation)
	if err != nil {
		return in, err
	}
	in.optOuts = map[string]string{}
	for i := range groups {
		group := schemas.GroupName(i)
		for _, from := range []struct {
			task schemas.Task
			role string
			keys *[]string
		}{{schemas.TaskSelect, schemas.RoleSelection, &in.selections}, {schemas.TaskDedup, schemas.RoleDuplicates, &in.duplicates}} {
			for rec, err := range ledger.Group(ctx, h.deps.Store, job.Run, from.task, group) {
				if err != nil {
					return in, err
				}
				*from.keys = append(*from.keys, keys(rec.Of(from.role))...)
			}
		}
		if err := h.optOuts(ctx, job.Run, group, in.optOuts); err != nil {
			return in, err
		}
	}
	for _, key := range in.selections {
		for row, err := range table.Read[schemas.SelectedRow](ctx, h.deps.Store, key) {
			if err != nil {
				return in, err
			}
			in.dim = len(row.ImageEmbedding)
			break
		}
	}
	return in, nil
}

// optOuts collects the picture URLs that pages forbid to use. They are few: a map holds them.
func (h *Handlers) optOuts(ctx context.Context, run, group string, into map[string]string) error {
	for rec, err := range ledger.Group(ctx, h.deps.Store, run, schemas.TaskFetch, group) {
		if err != nil {
			return err
		}
		for _, o := range rec.Of(schemas.RoleOptOuts) {
			for row, err := range table.Read[schemas.OptOutRow](ctx, h.deps.Store, o.Key) {
				if err != nil {
					return err
				}
				if old, ok := into[row.URL]; !ok || row.OptOut < old {
					into[row.URL] = row.OptOut
				}
			}
		}
	}
	return nil
}

// choose is the first pass: what stays is spooled, what goes is written down.
func (h *Handlers) choose(ctx context.Context, run *Run, in curateInputs, tx *ledger.Tx) (kept *rowSpool[schemas.SelectedRow], decisions *rowSpool[schemas.DecisionRow], err error) {
	kept, err = newRowSpool[schemas.SelectedRow](tx, selectedOptions(run, in.dim))
	if err != nil {
		return nil, nil, err
	}
	if decisions, err = newRowSpool[schemas.DecisionRow](tx); err != nil {
		return nil, nil, err
	}
	chooser := curate.Chooser{MinSimilarity: run.Spec.Curate.MinSimilarity, OptOuts: in.optOuts}
	selected := extsort.Merge(curate.CompareSelected, tables[schemas.SelectedRow](ctx, h, in.selections)...)
	duplicates := extsort.Merge(curate.CompareDuplicates, tables[schemas.DuplicateRow](ctx, h, in.duplicates)...)
	err = chooser.Choose(selected, duplicates, curate.Choice{
		Keep: func(s schemas.SelectedRow) error { return kept.add(s) },
		Drop: func(d schemas.DecisionRow) error {
			tx.Counts().Drop(schemas.Reason(d.Reason), 1)
			return decisions.add(d)
		},
	})
	return kept, decisions, err
}

// deal is the second pass: the kept samples, in order, into the parts of the publish jobs, with their keys.
func deal(ctx context.Context, run *Run, dim int, shards curate.Shards, rows iter.Seq2[schemas.SelectedRow, error], decisions *rowSpool[schemas.DecisionRow], tx *ledger.Tx) error {
	next, stop := iter.Pull2(rows)
	defer stop()
	group := schemas.Group{Version: schemas.Version, Task: schemas.TaskPublish, Name: tx.Job().Group, Size: shards.Count}
	for i := range shards.Count {
		part, err := newRowSpool[schemas.SelectedRow](tx, selectedOptions(run, dim))
		if err != nil {
			return err
		}
		for n := range shards.Size(i) {
			row, err, ok := next()
			if err = errors.Join(err, missing(ok, i, n)); err != nil {
				return err
			}
			row.Key = shards.Key(i, n)
			if err := errors.Join(part.add(row), decisions.add(schemas.DecisionRow{ID: row.Sample.ID, Key: row.Key})); err != nil {
				return err
			}
		}
		name := shards.Name(i)
		o, err := part.put(ctx, "parts/publish/"+name, schemas.Object{Role: schemas.RolePart, For: name})
		if err != nil {
			return err
		}
		group.Jobs = append(group.Jobs, name)
		tx.Next(tx.Job().Follow(schemas.TaskPublish, group.Name, name, o.Key))
	}
	return ledger.PlanGroup(ctx, tx, group)
}

func missing(ok bool, shard int, n int64) error {
	if ok {
		return nil
	}
	return fmt.Errorf("spooled samples end before sample %d of shard %d: %w", n, shard, store.ErrMismatch)
}
