package workers

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// shard is a run's shard, open for reading: the rows of its table and the images in its tar.
type shard struct {
	key  string
	rows []schemas.Row
	tar  store.Object
}

// openShard opens the shard that the fetch job of the same group and name made.
func (h *Handlers) openShard(ctx context.Context, job schemas.Job) (*shard, error) {
	rec, err := ledger.Read(ctx, h.deps.Store, job.Follow(schemas.TaskFetch, job.Group, job.Name, ""))
	if err != nil {
		return nil, err
	}
	tars, tabs := rec.Of(schemas.RoleTar), rec.Of(schemas.RoleTable)
	if len(tars) != 1 || len(tabs) != 1 {
		return nil, Permanent(fmt.Errorf("commit record of %s names %d tars and %d tables, want one each", rec.Job.ID(), len(tars), len(tabs)))
	}
	s := &shard{key: tars[0].Key}
	if s.rows, err = table.Collect(table.Read[schemas.Row](ctx, h.deps.Store, tabs[0].Key)); err != nil {
		return nil, err
	}
	s.tar, err = h.deps.Store.Open(ctx, tars[0].Key)
	return s, err
}

// row returns a winner's row.
func (s *shard) row(w schemas.WinnerRow) (*schemas.Row, error) {
	if int(w.Row) >= len(s.rows) || s.rows[w.Row].ID != w.ID {
		return nil, Permanent(fmt.Errorf("table of %s: row %d is not %s", s.key, w.Row, w.ID))
	}
	return &s.rows[w.Row], nil
}

// sample returns a winner's row and image.
func (s *shard) sample(w schemas.WinnerRow) (*schemas.Row, []byte, error) {
	row, err := s.row(w)
	if err != nil {
		return nil, nil, err
	}
	image, err := readImage(s.tar, s.key, row)
	return row, image, err
}

func (s *shard) close() { s.tar.Close() }

// sortedBy sorts in place by a key and returns its argument.
func sortedBy[T any, K cmp.Ordered](rows []T, key func(T) K) []T {
	slices.SortFunc(rows, func(a, b T) int { return cmp.Compare(key(a), key(b)) })
	return rows
}
