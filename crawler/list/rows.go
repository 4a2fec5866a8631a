package list

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"

	"pairmill/schemas"
)

// end is the end of a file's last range: whatever the file has.
const end = math.MaxInt64

// errStopped ends an iteration whose reader has seen enough.
var errStopped = errors.New("reader stopped")

// Rows yields the candidates of the plan's range i in the order of the list. It is the same every time, or an error: a
// file that is not the one that was planned, damage, a value that does not fit its column.
func (r *Reader) Rows(ctx context.Context, p *Plan, i int) iter.Seq2[schemas.Candidate, error] {
	return func(yield func(schemas.Candidate, error) bool) {
		err := r.rows(ctx, p, i, r.columns, func(row []any) error {
			c, err := r.candidate(row)
			if err == nil && !yield(c, nil) {
				err = errStopped
			}
			return err
		})
		if err != nil && err != errStopped {
			yield(schemas.Candidate{}, err)
		}
	}
}

// rows calls yield for each row of a range with the values of want, which are among the reader's columns.
func (r *Reader) rows(ctx context.Context, p *Plan, i int, want []wanted, yield func([]any) error) error {
	want, err := typed(p, want)
	if err != nil {
		return err
	}
	if i < 0 || i >= len(p.Ranges) {
		return fmt.Errorf("list: range %d of %d", i, len(p.Ranges))
	}
	span, f := p.Ranges[i], formatFor(p.Format)
	if span.File < 0 || span.Whole < 0 || span.File+max(span.Whole, 1) > len(p.Files) {
		return fmt.Errorf("list: range %d: files %d and %d more, of %d", i, span.File, span.Whole, len(p.Files))
	}
	from, to := span.From, span.To
	if span.Whole > 0 {
		from, to = 0, end
	}
	for k := range max(span.Whole, 1) {
		file := p.Files[span.File+k]
		if err := r.unchanged(ctx, file); err != nil {
			return err
		}
		err := r.with(ctx, file, func(in Input) error { return f.rows(ctx, in, file, from, to, want, yield) })
		if err != nil {
			return err
		}
	}
	return nil
}

// typed gives columns the types of the plan.
func typed(p *Plan, want []wanted) ([]wanted, error) {
	out := make([]wanted, len(want))
	for i, w := range want {
		found := false
		for _, c := range p.Columns {
			if c.Name == w.name {
				w.typ, found = c.Type, true
			}
		}
		if out[i] = w; !found {
			return nil, fmt.Errorf("list: the plan has no column %q: it was made with other settings", w.name)
		}
	}
	return out, nil
}

// unchanged makes sure that a file is the one that was planned.
func (r *Reader) unchanged(ctx context.Context, file File) error {
	found, err := r.files.Find(ctx, file.Name)
	if err != nil {
		return err
	}
	if len(found) != 1 || found[0] != file {
		return fmt.Errorf("list %s changed after the run was planned: plan a new run for the changed list", file.Name)
	}
	return nil
}
