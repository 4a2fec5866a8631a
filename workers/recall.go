package workers

import (
	"cmp"
	"context"

	"pairmill/internal/extsort"
	"pairmill/schemas"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// recallRows is how many lines of a recalled table are read for one URL: few, since those of a job are spread over all of it,
// and enough that the table's footer, which stays in memory, is a small part of it.
const recallRows = 4096

// recall turns one fetch group of an earlier run into a table of what became of each URL's bytes.
func (h *Handlers) recall(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	run, err := h.runs.Get(ctx, job)
	if err != nil {
		return err
	}
	sorter := extsort.New(func(a, b schemas.Recalled) int {
		return cmp.Or(cmp.Compare(a.URL, b.URL), cmp.Compare(b.AskedMS, a.AskedMS))
	}, extsort.Config{Dir: tx.Dir()})
	defer sorter.Close()
	for rec, err := range ledger.Group(ctx, h.deps.Store, run.Since, schemas.TaskFetch, job.Name) {
		if err == nil {
			err = h.recallShard(ctx, job, rec, sorter)
		}
		if err != nil {
			return err
		}
	}
	out, err := newRowSpool[schemas.Recalled](tx, table.Config{RowGroupRows: recallRows})
	if err != nil {
		return err
	}
	last := ""
	for r, err := range sorter.Sorted(ctx) {
		if err != nil {
			return err
		}
		if r.URL == last {
			continue // asked for earlier
		}
		last = r.URL
		if err := out.add(r); err != nil {
			return err
		}
	}
	_, err = out.put(ctx, "recalled/"+jobPath(job), schemas.Object{Role: schemas.RoleRecall})
	return err
}

// recallShard adds the URLs of one shard whose bytes had come.
func (h *Handlers) recallShard(ctx context.Context, job schemas.Job, rec schemas.Commit, sorter *extsort.Sorter[schemas.Recalled]) error {
	tar := ""
	for _, o := range rec.Of(schemas.RoleTar) {
		tar = o.Key
	}
	seen := map[string]schemas.Observation{}
	for _, o := range rec.Of(schemas.RoleObservations) {
		for x, err := range table.Read[schemas.Observation](ctx, h.deps.Store, o.Key) {
			if err != nil {
				return err
			}
			seen[x.ID] = x
		}
	}
	had := map[string]bool{}
	for _, o := range rec.Of(schemas.RoleTable) {
		for row, err := range table.Read[schemas.Row](ctx, h.deps.Store, o.Key) {
			if err != nil {
				return err
			}
			x, asked := seen[row.ID] // of the first row that wanted the URL
			if !asked || had[row.URL] || !recallable(&row) {
				continue
			}
			had[row.URL] = true
			h.deps.Watch.Row(job, Item{URL: row.URL})
			r := recalled(rec.Job.Run, tar, row, x)
			if err := sorter.Add(r, int64(600+len(r.URL)+len(r.Row.Listed)+len(r.Row.EXIF))); err != nil {
				return err
			}
		}
	}
	return nil
}

// recallable tells whether what became of a row follows from its bytes alone.
func recallable(r *schemas.Row) bool {
	switch schemas.Reason(r.Reason) {
	case schemas.Damaged, schemas.DecoderCrash, schemas.OptOutHeader, schemas.OptOutPage:
		return false
	}
	return r.SHA256 != ""
}

func recalled(run, tar string, row schemas.Row, x schemas.Observation) schemas.Recalled {
	r := schemas.Recalled{
		URL: row.URL, ETag: x.ETag, Modified: x.Modified, AskedMS: x.StartedMS, Since: cmp.Or(x.Since, run), Tar: tar, Row: row,
	}
	if !row.Kept() {
		r.Tar = ""
	}
	r.Row.ID, r.Row.Key, r.Row.URL, r.Row.Captions = "", "", "", nil
	r.Row.PageURL, r.Row.Depth, r.Row.License, r.Row.OptOut = "", 0, "", ""
	return r
}
