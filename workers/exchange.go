package workers

import (
	"context"
	"errors"

	"pairmill/crawler/web"
	"pairmill/schemas"
	"pairmill/store/ledger"
)

// exchange closes an epoch: the candidates that its lanes gathered become fetch groups, and the next epoch opens,
// or the crawl is over.
func (h *Handlers) exchange(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	run, err := h.runs.Get(ctx, job)
	if err != nil {
		return err
	}
	now, err := readEpoch(ctx, h.deps.Store, job)
	if err != nil {
		return err
	}
	reports, sent, err := h.endings(ctx, job, &now)
	if err != nil {
		return err
	}
	parts, err := h.gathered(ctx, job)
	if err != nil {
		return err
	}
	if now.Groups, err = h.planFetch(ctx, tx, parts, nil, now.Groups); err != nil {
		return err
	}
	now.Allotment = run.Crawler.Allot(now.Allotment, reports)
	if now.Allotment.Over() {
		return ledger.PlanEnd(ctx, tx, now.Groups)
	}
	return now.open(ctx, tx, sent)
}

// endings reads where the epoch's lanes ended and what they sent.
func (h *Handlers) endings(ctx context.Context, job schemas.Job, now *epoch) (reports []web.Ended, sent []schemas.Object, err error) {
	if now.States == nil {
		now.States = map[int]string{}
	}
	for rec, err := range ledger.Group(ctx, h.deps.Store, job.Run, schemas.TaskRoute, job.Group) {
		if err != nil {
			return nil, nil, err
		}
		var end ended
		of := rec.Of(schemas.RoleEnded)
		if len(of) != 1 {
			return nil, nil, Permanent(errors.New("commit record of " + rec.Job.ID() + " names no end of its lane"))
		}
		if err := ledger.ReadJSON(ctx, h.deps.Store, of[0].Key, &end); err != nil {
			return nil, nil, err
		}
		now.States[end.Report.Lane] = end.Lane
		reports = append(reports, end.Report)
		sent = append(sent, rec.Of(schemas.RoleLinks)...)
		sent = append(sent, rec.Of(schemas.RoleCandidates)...)
	}
	return reports, sent, nil
}

// gathered lists the fetch parts that the epoch's lanes wrote, in the order of the lanes.
func (h *Handlers) gathered(ctx context.Context, job schemas.Job) ([]schemas.Object, error) {
	var parts []schemas.Object
	for rec, err := range ledger.Group(ctx, h.deps.Store, job.Run, schemas.TaskGather, job.Group) {
		if err != nil {
			return nil, err
		}
		parts = append(parts, rec.Of(schemas.RolePart)...)
	}
	return parts, nil
}
