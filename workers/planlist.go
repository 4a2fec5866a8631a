package workers

import (
	"context"
	"errors"
	"fmt"

	"pairmill/crawler/list"
	"pairmill/schemas"
	"pairmill/store/ledger"
)

// planList looks at a list and plans one scan for each of its ranges. An interrupted planning goes on with the ranges that
// have not been scanned.
func (h *Handlers) planList(ctx context.Context, run *Run, tx *ledger.Tx) error {
	reader, err := h.listOf(run)
	if err != nil {
		return err
	}
	plan, err := reader.Survey(ctx, run.Spec.Fetch.PartRows)
	if err != nil {
		return Permanent(err)
	}
	if err := h.sameColumns(ctx, tx.Job(), plan.Columns); err != nil {
		return err
	}
	o, err := putJSON(ctx, tx, "listings/"+schemas.GenerationName(tx.Job().Generation)+".json", plan, schemas.Object{Role: schemas.RoleListing})
	if err != nil {
		return err
	}
	names := make([]string, len(plan.Ranges))
	for i := range names {
		names[i] = schemas.PartName(i)
	}
	return planScans(ctx, tx, names, o.Key)
}

// planScans plans a generation's scans, all of which read one object. Without any, the generation has nothing to fetch.
func planScans(ctx context.Context, tx *ledger.Tx, names []string, input string) error {
	job := tx.Job()
	if len(names) == 0 {
		_, groups, err := fetchPlanned(ctx, tx, job.Generation)
		if err != nil {
			return err
		}
		return ledger.PlanEnd(ctx, tx, groups)
	}
	g := schemas.Group{
		Version: schemas.Version, Task: schemas.TaskScan, Name: schemas.GenerationName(job.Generation), Size: len(names), Jobs: names,
	}
	for _, name := range names {
		tx.Next(job.Follow(schemas.TaskScan, g.Name, name, input))
	}
	return ledger.PlanGroup(ctx, tx, g)
}

// listOf opens the list that a generation reads.
func (h *Handlers) listOf(run *Run) (*list.Reader, error) {
	cfg := run.Spec.Source.List
	if run.Generation.List != nil {
		cfg = run.Generation.List
	}
	if cfg == nil {
		return nil, Permanent(errors.New("run has no list"))
	}
	files := h.deps.Files
	if files == nil {
		files = list.Local()
	}
	r, err := list.New(files, *cfg)
	return r, Permanent(err)
}

// sameColumns refuses a further list whose columns are not those of the run's first: they share one layout.
func (h *Handlers) sameColumns(ctx context.Context, job schemas.Job, columns []schemas.Column) error {
	if job.Generation == 0 {
		return nil
	}
	first, err := h.runs.listing(ctx, job.Run, 0)
	if err != nil {
		return err
	}
	if fmt.Sprint(first.Columns) != fmt.Sprint(columns) {
		return Permanent(fmt.Errorf("the list has columns %v, the run's first list had %v: take another output folder", columns, first.Columns))
	}
	return nil
}
