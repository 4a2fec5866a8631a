package workers

import (
	"context"
	"strings"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// piece is a run of rows in a scan's table.
type piece struct {
	Key  string `json:"key"`
	From int64  `json:"from"`
	Rows int64  `json:"rows"`
}

// cutPart is a fetch part of a list: rows of scans' tables, which stay where they are.
type cutPart struct {
	Shard  int     `json:"shard"` // number in the run
	Rows   int64   `json:"rows"`
	Pieces []piece `json:"pieces"`
}

// readPart reads a fetch part: a table of candidates, or pieces of such tables with keys for those that have none.
func readPart(ctx context.Context, s store.Store, run *Run, input string) ([]schemas.Candidate, error) {
	if !strings.HasSuffix(input, ".json") {
		return table.Collect(table.Read[schemas.Candidate](ctx, s, input))
	}
	var part cutPart
	if err := ledger.ReadJSON(ctx, s, input, &part); err != nil {
		return nil, err
	}
	rows := make([]schemas.Candidate, 0, part.Rows)
	for _, p := range part.Pieces {
		more, err := readPiece(ctx, s, p)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	digits := 5
	if d := run.Spec.Deliver; d != nil {
		digits = d.Digits
	}
	for i := range rows {
		if rows[i].Key == "" {
			rows[i].Key = schemas.SampleKey(part.Shard, i, run.Spec.Fetch.PartRows, digits)
		}
	}
	return rows, nil
}

func readPiece(ctx context.Context, s store.Store, p piece) ([]schemas.Candidate, error) {
	t, err := table.Open[schemas.Candidate](ctx, s, p.Key)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return table.Collect(t.Range(ctx, p.From, p.From+p.Rows))
}

// partRows counts a fetch part's rows.
func partRows(ctx context.Context, s store.Store, input string) (int64, error) {
	if strings.HasSuffix(input, ".json") {
		var part struct {
			cutPart
			adoptedPart
		}
		err := ledger.ReadJSON(ctx, s, input, &part)
		if err == nil && part.Tar != "" {
			return part.adoptedPart.rows(ctx, s)
		}
		return part.Rows, err
	}
	t, err := table.Open[schemas.Candidate](ctx, s, input)
	if err != nil {
		return 0, err
	}
	return t.Rows(), t.Close()
}
