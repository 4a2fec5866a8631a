package verify

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"path"

	"pairmill/schemas"
	"pairmill/store"
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
	Shard  int     `json:"shard"`
	Rows   int64   `json:"rows"`
	Pieces []piece `json:"pieces"`
}

// isCut tells whether a fetch part is pieces of other tables and not one itself.
func isCut(input string) bool { return path.Ext(input) == ".json" && !isAdopted(input) }

// readJSON reads an object that is checked elsewhere.
func (c *checker) readJSON(ctx context.Context, key string, v any) error {
	data, err := store.ReadAll(ctx, c.store, key, jsonLimit)
	if err != nil {
		return err
	}
	return json.Unmarshal(data, v)
}

// pieces yields the rows that a cut part stands for, with their places. torn is set when a table does not read.
func (c *checker) pieces(ctx context.Context, part cutPart, torn *bool) iter.Seq2[at, schemas.Candidate] {
	return func(yield func(at, schemas.Candidate) bool) {
		for _, p := range part.Pieces {
			n := p.From
			for row, err := range c.piece(ctx, p) {
				if err != nil {
					*torn = true
					if !c.torn[p.Key] {
						c.unreadable(ctx, at{p.Key, n, ""}, placeIn(err), err)
					}
					return
				}
				if !yield(at{p.Key, n, row.ID}, row) {
					return
				}
				n++
			}
		}
	}
}

func (c *checker) piece(ctx context.Context, p piece) iter.Seq2[schemas.Candidate, error] {
	return func(yield func(schemas.Candidate, error) bool) {
		t, err := table.Open[schemas.Candidate](ctx, c.store, p.Key)
		if err != nil {
			yield(schemas.Candidate{}, err)
			return
		}
		defer t.Close()
		if p.From < 0 || p.Rows < 0 || p.Rows > t.Rows()-p.From {
			yield(schemas.Candidate{}, fmt.Errorf("rows %d to %d of %d: %w", p.From, p.From+p.Rows, t.Rows(), errNoRows))
			return
		}
		for row, err := range t.Range(ctx, p.From, p.From+p.Rows) {
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// part finds what is said of a job's input: the record that wrote it stands in another group.
func (j *jobs) part(ctx context.Context, input string) (schemas.Object, error) {
	o := schemas.Object{Key: input}
	if path.Ext(input) == ".json" {
		var part cutPart
		if j.c.readJSON(ctx, input, &part) == nil { // the cut's check says why
			o.Rows = part.Rows
		}
		return o, nil
	}
	t, err := table.Open[struct {
		ID string `parquet:"id"`
	}](ctx, j.c.store, input)
	if err != nil {
		return o, nil // reading it will say why
	}
	o.Rows = t.Rows()
	return o, t.Close()
}
