package workers

import (
	"context"
	"fmt"

	"pairmill/crawler/web"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// lane is a lane's state as it stands in the store between two jobs: small facts here, the frontier and the sorted
// runs of what was seen in objects of their own. Like every object it is immutable; each job writes the next one.
type lane struct {
	State    web.State `json:"state"`
	Frontier string    `json:"frontier,omitempty"` // table of links, in rank order
	Pages    []seenRun `json:"pages,omitempty"`
	Known    []seenRun `json:"known,omitempty"`   // candidates that were emitted
	OptOuts  []seenRun `json:"optouts,omitempty"` // candidates that were emitted with an opt-out
}

// seenRun is one object of sorted hashes.
type seenRun struct {
	Key  string `json:"key"`
	Size int64  `json:"size"`
}

// seenLimit bounds one run in memory: 268 million hashes, far above what one lane's budget allows.
const seenLimit = 4 << 30

// readLane loads the lane that stands at key, frontier included; an empty key is a lane that has not begun.
func readLane(ctx context.Context, s store.Store, key string) (lane, error) {
	var l lane
	if key == "" {
		return l, nil
	}
	if err := ledger.ReadJSON(ctx, s, key, &l); err != nil {
		return l, err
	}
	if l.Frontier == "" {
		return l, nil
	}
	links, err := table.Collect(table.Read[schemas.Link](ctx, s, l.Frontier))
	l.State.Frontier = links
	return l, err
}

// memory loads what the lane has seen.
func (l *lane) memory(ctx context.Context, s store.Store) (m web.Memory, err error) {
	for _, set := range []struct {
		seen *web.Seen
		runs []seenRun
	}{{&m.Pages, l.Pages}, {&m.Candidates, l.Known}, {&m.OptOuts, l.OptOuts}} {
		data, err := readRuns(ctx, s, set.runs)
		if err != nil {
			return m, err
		}
		if *set.seen, err = web.NewSeen(data...); err != nil {
			return m, fmt.Errorf("lane %s: %w", web.LaneName(l.State.Lane), err)
		}
	}
	return m, nil
}

func readRuns(ctx context.Context, s store.Store, runs []seenRun) ([][]byte, error) {
	data := make([][]byte, len(runs))
	for i, r := range runs {
		var err error
		if data[i], err = store.ReadAll(ctx, s, r.Key, seenLimit); err != nil {
			return nil, err
		}
	}
	return data, nil
}

// write puts the lane's next state and returns its key.
func (l lane) write(ctx context.Context, h *Handlers, tx *ledger.Tx, state web.State, added web.Runs) (string, error) {
	l.State = state
	path := "lanes/" + web.LaneName(state.Lane) + "/" + jobPath(tx.Job())
	for _, set := range []struct {
		name  string
		runs  *[]seenRun
		added []byte
	}{{"pages", &l.Pages, added.Pages}, {"candidates", &l.Known, added.Candidates}, {"optouts", &l.OptOuts, added.OptOuts}} {
		runs, err := addRun(ctx, h.deps.Store, tx, path+"-"+set.name+".seen", *set.runs, set.added)
		if err != nil {
			return "", err
		}
		*set.runs = runs
	}
	frontier, err := putRows(ctx, tx, path+"-frontier", state.Frontier, schemas.Object{Role: schemas.RoleLinks})
	if err != nil {
		return "", err
	}
	l.Frontier = frontier.Key
	o, err := putJSON(ctx, tx, path+".json", l, schemas.Object{Role: schemas.RoleLane})
	return o.Key, err
}

// addRun writes a new run of hashes, merged with the latest ones where that pays.
func addRun(ctx context.Context, s store.Store, tx *ledger.Tx, path string, runs []seenRun, added []byte) ([]seenRun, error) {
	if len(added) == 0 {
		return runs, nil
	}
	sizes := make([]int64, 0, len(runs)+1)
	for _, r := range runs {
		sizes = append(sizes, r.Size)
	}
	from := min(web.MergePlan(append(sizes, int64(len(added)))), len(runs))
	merged, err := readRuns(ctx, s, runs[from:])
	if err != nil {
		return nil, err
	}
	data := web.MergeRuns(append(merged, added)...)
	o, err := tx.Put(ctx, path, store.Bytes(data), schemas.Object{Role: schemas.RoleSeen})
	if err != nil {
		return nil, err
	}
	return append(runs[:from:from], seenRun{Key: o.Key, Size: o.Size}), nil
}
