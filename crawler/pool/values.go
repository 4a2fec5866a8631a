package pool

import (
	"cmp"
	"context"
	"slices"

	"pairmill/schemas"
	"pairmill/store"
)

// Columns that a Line has beside the pool's own; a pool's columns of these names are left out.
const (
	LineID   = "id"
	LineRow  = "row"
	LineUID  = "uid"
	LineFile = "file"
	LineLine = "line"
)

var own = []string{LineID, LineRow, LineUID, LineFile, LineLine}

// LineColumns are the columns of the table that joins a shard with the pool: the sample's id and its row in the shard's
// table, its uid, the pool's file and the row there, and the pool's columns of numbers.
func (p *Pool) LineColumns() []schemas.Column {
	return append([]schemas.Column{
		{Name: LineID, Type: schemas.ColumnString}, {Name: LineRow, Type: schemas.ColumnInt32}, {Name: LineUID, Type: schemas.ColumnString},
		{Name: LineFile, Type: schemas.ColumnInt32}, {Name: LineLine, Type: schemas.ColumnInt64},
	}, p.Columns...)
}

// Values returns the pool's columns of numbers at places: a row for each.
func (p *Pool) Values(ctx context.Context, s store.Store, places []Place) ([][]any, error) {
	out := make([][]any, len(places))
	names := make([]string, len(p.Columns))
	for i, c := range p.Columns {
		names[i] = c.Name
	}
	if len(names) == 0 {
		return out, nil
	}
	err := p.byFile(places, func(file int, order []int) error {
		f := &p.Files[file]
		t, err := f.open(ctx, s)
		if err != nil {
			return err
		}
		defer t.Close()
		row := places[order[0]].Row
		for values, err := range t.Range(ctx, row, places[order[len(order)-1]].Row+1, names...) {
			if err != nil {
				return err
			}
			for len(order) > 0 && places[order[0]].Row == row {
				out[order[0]], order = values, order[1:]
			}
			row++
		}
		return nil
	})
	return out, err
}

// byFile calls do for each file in which places are, with their indices in the order of their rows.
func (p *Pool) byFile(places []Place, do func(file int, order []int) error) error {
	order := make([]int, len(places))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(places[a].File, places[b].File), cmp.Compare(places[a].Row, places[b].Row))
	})
	for len(order) > 0 {
		file := places[order[0]].File
		n := slices.IndexFunc(order, func(i int) bool { return places[i].File != file })
		if n < 0 {
			n = len(order)
		}
		if err := do(file, order[:n]); err != nil {
			return err
		}
		order = order[n:]
	}
	return nil
}
