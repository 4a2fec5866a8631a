package workers

import (
	"context"
	"errors"

	"pairmill/crawler/web"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// ended is where a lane stands at the end of an epoch.
type ended struct {
	Report web.Ended `json:"report"`
	Lane   string    `json:"lane"` // key of its state
}

// route closes a lane's epoch: what its walks found is merged and split by the lanes that it is for. A walk that was
// given up ends the lane's epoch early: what was done before it counts, and its own pages are lost.
func (h *Handlers) route(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	run, err := h.runs.Get(ctx, job)
	if err != nil {
		return err
	}
	key, walks, whole, err := h.walks(ctx, job)
	if err != nil {
		return err
	}
	l, err := readLane(ctx, h.deps.Store, key)
	if err != nil {
		return err
	}
	if !whole {
		l.State = run.Crawler.Skip(l.State)
		if key, err = l.write(ctx, h, tx, l.State, web.Runs{}); err != nil {
			return err
		}
	}
	boxes := run.Crawler.Route(walks)
	if err := putBoxes(ctx, tx, boxes); err != nil {
		return err
	}
	end := ended{Report: web.End(l.State, boxes), Lane: key}
	_, err = putJSON(ctx, tx, "ended/"+jobPath(job)+".json", end, schemas.Object{Role: schemas.RoleEnded})
	return err
}

// walks returns the lane's latest state in the epoch and what its walks found; whole is false when the last of them
// was given up.
func (h *Handlers) walks(ctx context.Context, job schemas.Job) (lane string, walks []web.Finds, whole bool, err error) {
	rec, err := ledger.Read(ctx, h.deps.Store, schemas.NewJob(job.Run, schemas.TaskGather, job.Group, job.Name, ""))
	if err != nil {
		return "", nil, false, err
	}
	for {
		for _, o := range rec.Of(schemas.RoleLane) {
			lane = o.Key
		}
		if len(rec.Next) == 0 || rec.Next[0].Task != schemas.TaskWalk {
			return lane, walks, true, nil
		}
		next, err := ledger.Read(ctx, h.deps.Store, rec.Next[0])
		if isNotExist(err) {
			return lane, walks, false, nil
		}
		if err != nil {
			return "", nil, false, err
		}
		rec = next
		f, err := h.finds(ctx, keys(rec.Of(schemas.RoleFoundLinks)), keys(rec.Of(schemas.RoleCandidates)))
		if err != nil {
			return "", nil, false, err
		}
		walks = append(walks, f)
	}
}

func keys(objects []schemas.Object) []string {
	var out []string
	for _, o := range objects {
		out = append(out, o.Key)
	}
	return out
}

func isNotExist(err error) bool { return errors.Is(err, store.ErrNotExist) }
