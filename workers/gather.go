package workers

import (
	"context"
	"fmt"

	"pairmill/crawler"
	"pairmill/crawler/web"
	"pairmill/schemas"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// gather opens a lane's epoch: it takes in what the lane was sent and writes the fetch parts of what is new.
func (h *Handlers) gather(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	run, err := h.runs.Get(ctx, job)
	if err != nil {
		return err
	}
	var in inbox
	if err := ledger.ReadJSON(ctx, h.deps.Store, job.Input, &in); err != nil {
		return err
	}
	l, err := readLane(ctx, h.deps.Store, in.Lane)
	if err != nil {
		return err
	}
	mem, err := l.memory(ctx, h.deps.Store)
	if err != nil {
		return err
	}
	finds, err := h.finds(ctx, in.Links, in.Candidates)
	if err != nil {
		return err
	}
	got := run.Crawler.Gather(l.State, mem, in.Share, []web.Finds{finds})
	for i, part := range crawler.Parts(got.Fresh, run.Spec.Fetch.PartRows) {
		path := fmt.Sprintf("parts/fetch/%s-%03d", jobPath(job), i)
		if err := putTable(ctx, tx, path, part, schemas.Object{Role: schemas.RolePart}); err != nil {
			return err
		}
	}
	key, err := l.write(ctx, h, tx, got.State, got.Seen)
	if err != nil {
		return err
	}
	tx.Next(h.advance(run, job, got.State, key))
	return nil
}

// advance returns a lane's next job in its epoch.
func (h *Handlers) advance(run *Run, job schemas.Job, s web.State, key string) schemas.Job {
	if run.Crawler.More(s) {
		return schemas.WalkJob(job.Run, job.Group, web.LaneName(s.Lane), s.Step, key)
	}
	return schemas.RouteJob(job)
}

// finds reads tables of links and candidates.
func (h *Handlers) finds(ctx context.Context, links, candidates []string) (f web.Finds, err error) {
	for _, key := range links {
		rows, err := table.Collect(table.Read[schemas.Link](ctx, h.deps.Store, key))
		if err != nil {
			return f, err
		}
		f.Links = append(f.Links, rows...)
	}
	for _, key := range candidates {
		rows, err := table.Collect(table.Read[schemas.Candidate](ctx, h.deps.Store, key))
		if err != nil {
			return f, err
		}
		f.Candidates = append(f.Candidates, rows...)
	}
	return f, nil
}
