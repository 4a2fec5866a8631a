package workers

import (
	"context"
	"fmt"
	"iter"

	"pairmill/curate"
	"pairmill/internal/extsort"
	"pairmill/schemas"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// indexRuns is how many index runs a bucket keeps before they are merged into one.
const indexRuns = 8

// dedup reduces one hash bucket of one group: the first of equal images wins, over all groups so far.
func (h *Handlers) dedup(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	run, err := h.runs.Get(ctx, job)
	if err != nil {
		return err
	}
	rows, err := h.hashes(ctx, job)
	if err != nil {
		return err
	}
	runs, err := h.index(ctx, job)
	if err != nil {
		return err
	}
	r := reduction{tx: tx, winners: extsort.New(curate.CompareWinners, extsort.Config{Dir: tx.Dir()}),
		duplicates: extsort.New(curate.CompareDuplicates, extsort.Config{Dir: tx.Dir()})}
	defer r.close()
	if r.index, err = newRowSpool[schemas.IndexRow](tx); err != nil {
		return err
	}
	index := extsort.Merge(curate.CompareIndex, tables[schemas.IndexRow](ctx, h, keys(runs))...)
	out := curate.Reduction{Winner: r.winner, Duplicate: r.duplicate}
	if err := curate.Reduce(job.Group, run.Spec.Curate.Seed, rows, index, out); err != nil {
		return err
	}
	return r.write(ctx, h, job, runs)
}

// hashes merges the bucket's runs of the group's fetches.
func (h *Handlers) hashes(ctx context.Context, job schemas.Job) (iter.Seq2[schemas.HashRow, error], error) {
	var keys []string
	for rec, err := range ledger.Group(ctx, h.deps.Store, job.Run, schemas.TaskFetch, job.Group) {
		if err != nil {
			return nil, err
		}
		for _, o := range rec.Of(schemas.RoleHashes) {
			if o.For == job.Name {
				keys = append(keys, o.Key)
			}
		}
	}
	return extsort.Merge(curate.CompareHashes, tables[schemas.HashRow](ctx, h, keys)...), nil
}

// index returns the runs of what has won in earlier groups.
func (h *Handlers) index(ctx context.Context, job schemas.Job) ([]schemas.Object, error) {
	i, _ := schemas.GroupIndex(job.Group)
	if i == 0 {
		return nil, nil
	}
	for rec, err := range ledger.Group(ctx, h.deps.Store, job.Run, job.Task, schemas.GroupName(i-1)) {
		if err != nil || rec.Job.Name == job.Name { // of whatever generation the group is
			return rec.Of(schemas.RoleIndex), err
		}
	}
	return nil, fmt.Errorf("the group before %s has no reduce %s", job.Group, job.Name)
}

// tables opens tables as sequences.
func tables[T any](ctx context.Context, h *Handlers, keys []string) []iter.Seq2[T, error] {
	seqs := make([]iter.Seq2[T, error], len(keys))
	for i, key := range keys {
		seqs[i] = table.Read[T](ctx, h.deps.Store, key)
	}
	return seqs
}

// reduction collects what a reduce decides and writes it in the orders in which it will be read.
type reduction struct {
	tx         *ledger.Tx
	index      *rowSpool[schemas.IndexRow]
	winners    *extsort.Sorter[schemas.WinnerRow]
	duplicates *extsort.Sorter[schemas.DuplicateRow]
}

func (r *reduction) winner(w schemas.WinnerRow) error {
	if err := r.index.add(schemas.IndexRow{SHA256: w.SHA256, ID: w.ID}); err != nil {
		return err
	}
	r.tx.Counts().Distinct++
	return r.winners.Add(w, winnerSize)
}

func (r *reduction) duplicate(d schemas.DuplicateRow) error {
	r.tx.Counts().Drop(schemas.DuplicateImage, 1)
	size := int64(duplicateSize + len(d.URL))
	for _, c := range d.Captions {
		size += int64(len(c.Text))
	}
	return r.duplicates.Add(d, size)
}

// Sizes of rows in memory, without their variable text: headers of strings and slices, ids, hashes.
const (
	winnerSize    = 200
	duplicateSize = 400
)

func (r *reduction) write(ctx context.Context, h *Handlers, job schemas.Job, runs []schemas.Object) error {
	path := jobPath(job)
	err := putSorted(ctx, r.tx, "winners/"+path, r.winners, schemas.Object{Role: schemas.RoleWinners})
	if err != nil {
		return err
	}
	if err := putSorted(ctx, r.tx, "duplicates/"+path, r.duplicates, schemas.Object{Role: schemas.RoleDuplicates}); err != nil {
		return err
	}
	o := schemas.Object{Role: schemas.RoleIndex}
	if len(runs) < indexRuns {
		r.tx.Name(runs...)
		_, err := r.index.put(ctx, "index/"+path, o)
		return err
	}
	return r.merge(ctx, h, runs, path, o)
}

// merge makes one index run of the earlier ones and this group's.
func (r *reduction) merge(ctx context.Context, h *Handlers, runs []schemas.Object, path string, o schemas.Object) error {
	merged, err := newRowSpool[schemas.IndexRow](r.tx)
	if err != nil {
		return err
	}
	own, err := r.index.read(ctx)
	if err != nil {
		return err
	}
	all := append(tables[schemas.IndexRow](ctx, h, keys(runs)), own)
	for row, err := range extsort.Merge(curate.CompareIndex, all...) {
		if err != nil {
			return err
		}
		if err := merged.add(row); err != nil {
			return err
		}
	}
	_, err = merged.put(ctx, "index/"+path, o)
	return err
}

func (r *reduction) close() {
	r.winners.Close()
	r.duplicates.Close()
}
