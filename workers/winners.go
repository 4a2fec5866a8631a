package workers

import (
	"context"
	"sort"

	"pairmill/schemas"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// winners returns the rows of a part that won, in the order of its table.
func (h *Handlers) winners(ctx context.Context, job schemas.Job) ([]schemas.WinnerRow, error) {
	var out []schemas.WinnerRow
	for rec, err := range ledger.Group(ctx, h.deps.Store, job.Run, schemas.TaskDedup, job.Group) {
		if err != nil {
			return nil, err
		}
		for _, o := range rec.Of(schemas.RoleWinners) {
			rows, err := h.winnersIn(ctx, o.Key, job.Name)
			if err != nil {
				return nil, err
			}
			out = append(out, rows...)
		}
	}
	return sortedBy(out, func(w schemas.WinnerRow) int32 { return w.Row }), nil
}

// winnersIn reads one part's rows out of a bucket's winners, which are sorted by part: a group has up to a million
// of them and each of its jobs wants a thousand.
func (h *Handlers) winnersIn(ctx context.Context, key, part string) ([]schemas.WinnerRow, error) {
	t, err := table.Open[schemas.WinnerRow](ctx, h.deps.Store, key)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	from, err := search(t.Rows(), func(i int64) (bool, error) {
		row, err := table.Collect(t.Range(ctx, i, i+1))
		return err == nil && row[0].Part >= part, err
	})
	if err != nil {
		return nil, err
	}
	var out []schemas.WinnerRow
	for w, err := range t.Range(ctx, from, t.Rows()) {
		if err != nil {
			return nil, err
		}
		if w.Part != part {
			break
		}
		out = append(out, w)
	}
	return out, nil
}

// search is sort.Search for a predicate that can fail.
func search(n int64, f func(i int64) (bool, error)) (int64, error) {
	var failed error
	at := sort.Search(int(n), func(i int) bool {
		ok, err := f(int64(i))
		if failed == nil {
			failed = err
		}
		return ok || failed != nil
	})
	return int64(at), failed
}
