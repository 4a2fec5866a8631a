package list

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"pairmill/schemas"
)

// planVersion is what Plan.Version says.
const planVersion = 1

// surveyors is how many files Survey has open at once: over a network each costs some round trips and little else.
const surveyors = 8

// looked is what the beginning of a file, or its footer, says of it.
type looked struct {
	types   []string // of the wanted columns; empty = nothing but nulls
	rows    int64    // that were seen
	share   float64  // of the file that was seen
	whole   bool     // all of the file was
	missing []int    // wanted columns that no record had
	names   []string // of the columns that records had
}

// format reads files of one format. want has types except in look.
type format interface {
	look(ctx context.Context, in Input, f File, want []wanted) (looked, error)

	// cut returns where, inside the file, its pieces should begin: at most pieces-1 places, ascending.
	cut(ctx context.Context, in Input, f File, pieces int64) ([]int64, error)

	// rows calls yield for each row in [from, to), and stops at its first error.
	rows(ctx context.Context, in Input, f File, from, to int64, want []wanted, yield func([]any) error) error
}

var (
	_ format = text{}
	_ format = columnar{}
)

func formatFor(name string) format {
	if name == schemas.ListParquet {
		return columnar{}
	}
	return text{name}
}

// Survey finds the files and looks at each of them: at the footer of Parquet, at the first 1 MiB of text. What cannot work
// is an error that names the file, what is there and the setting. It reads a sample for the heavy hosts and, of csv
// and tsv files that need several ranges, everything before the last range. partRows is the number of rows in a part.
func (r *Reader) Survey(ctx context.Context, partRows int) (Plan, error) {
	plan := Plan{Version: planVersion}
	if err := r.find(ctx, &plan); err != nil {
		return Plan{}, err
	}
	f := formatFor(plan.Format)
	seen := make([]looked, len(plan.Files))
	err := r.each(ctx, plan.Files, func(ctx context.Context, i int, in Input) (err error) {
		seen[i], err = f.look(ctx, in, plan.Files[i], r.columns)
		return err
	})
	if err == nil {
		plan.Columns, err = r.merge(&plan, seen)
	}
	if err == nil {
		plan.Ranges, err = r.ranges(ctx, f, plan.Files, seen)
	}
	if err == nil {
		count(&plan, seen)
		err = r.sample(ctx, &plan, partRows)
	}
	if err != nil {
		return Plan{}, err
	}
	return plan, nil
}

func (r *Reader) find(ctx context.Context, plan *Plan) error {
	seen := map[string]bool{}
	for _, pattern := range r.cfg.Inputs {
		found, err := r.files.Find(ctx, pattern)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("list %q: nothing there", pattern)
		}
		if err := r.settle(pattern, found, seen, plan); err != nil {
			return err
		}
	}
	if len(plan.Files) > MaxFiles {
		return fmt.Errorf("list of %d files: at most %d; join some", len(plan.Files), MaxFiles)
	}
	return nil
}

// each opens files, some at a time, and calls f with each.
func (r *Reader) each(ctx context.Context, files []File, f func(ctx context.Context, i int, in Input) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(surveyors)
	for i, file := range files {
		g.Go(func() error {
			return r.with(ctx, file, func(in Input) error { return f(ctx, i, in) })
		})
	}
	return g.Wait()
}

// with opens a file, makes sure that it is the one that was found, and names it in errors.
func (r *Reader) with(ctx context.Context, file File, f func(Input) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	in, err := r.files.Open(ctx, file.Name)
	if err != nil {
		return fmt.Errorf("list %s: %w", file.Name, err)
	}
	defer in.Close()
	if in.Size() != file.Size {
		return fmt.Errorf("list %s has %d bytes now, but had %d when the run was planned: plan a new run for the changed list",
			file.Name, in.Size(), file.Size)
	}
	if err := f(in); err != nil {
		if err == errStopped {
			return err
		}
		return fmt.Errorf("list %s: %w", file.Name, err)
	}
	return nil
}

// merge finds the one type that a column has in all files.
func (r *Reader) merge(plan *Plan, seen []looked) ([]schemas.Column, error) {
	out := make([]schemas.Column, len(r.columns))
	for i, w := range r.columns {
		out[i].Name = w.name
		missing := 0
		for k, l := range seen {
			if slices.Contains(l.missing, i) {
				if missing++; w.setting == "url" && l.rows > 0 || missing == len(seen) {
					return nil, fmt.Errorf("list %s: in its first records: %w", plan.Files[k].Name, noColumn(w, l.names))
				}
			}
			typ, err := join(plan.Format, w, out[i].Type, l.types[i])
			if err != nil {
				return nil, fmt.Errorf("list %s: column %q %w", plan.Files[k].Name, w.source, err)
			}
			out[i].Type = typ
		}
		if out[i].Type == "" {
			out[i].Type = schemas.ColumnString
		}
	}
	return out, nil
}

// join is the type of a column whose type was a in the files before and is b in the next.
func join(format string, w wanted, a, b string) (string, error) {
	if format != schemas.ListParquet {
		if w.typ != "" {
			return w.typ, nil
		}
		return widenJSON(a, b), nil
	}
	if w.typ != "" && b != w.typ {
		return "", fmt.Errorf("is %s, the setting %s needs %s", b, w.setting, w.typ)
	}
	numbers := []string{schemas.ColumnInt32, schemas.ColumnInt64, schemas.ColumnFloat, schemas.ColumnDouble}
	switch x, y := slices.Index(numbers, a), slices.Index(numbers, b); {
	case a == "" || a == b:
		return b, nil
	case x < 0 || y < 0:
	case max(x, y) == 1: // two widths of whole numbers
		return schemas.ColumnInt64, nil
	case min(x, y) != 1: // a double holds every int32 and float
		return schemas.ColumnDouble, nil
	}
	return "", fmt.Errorf("is %s, in the files before %s", b, a)
}

// count adds up the rows of the list, seen or guessed.
func count(plan *Plan, seen []looked) {
	plan.Exact = true
	for _, l := range seen {
		if l.whole {
			plan.Rows += l.rows
			continue
		}
		plan.Exact = false
		plan.Rows += int64(float64(l.rows) / max(l.share, 1e-9))
	}
}

// Files returns the list's files as they are now, as Survey would plan them.
func (r *Reader) Files(ctx context.Context) ([]File, error) {
	var plan Plan
	err := r.find(ctx, &plan)
	return plan.Files, err
}
