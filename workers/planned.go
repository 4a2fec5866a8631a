package workers

import (
	"context"

	"pairmill/schemas"
	"pairmill/store/ledger"
)

// fetchPlanned counts the shards and fetch groups of the generations before one.
func fetchPlanned(ctx context.Context, tx *ledger.Tx, generation int) (shards, groups int, err error) {
	if generation == 0 {
		return 0, 0, nil
	}
	groups, _, err = ledger.ReadEnd(ctx, tx.Store(), tx.Job().Run, generation-1)
	if err != nil {
		return 0, 0, err
	}
	for i := range groups {
		g, err := ledger.ReadGroup(ctx, tx.Store(), tx.Job().Run, schemas.TaskFetch, schemas.GroupName(i))
		if err != nil {
			return 0, 0, err
		}
		shards += g.Size
	}
	return shards, groups, nil
}

// planFetch plans parts as fetch groups after those that are planned already and returns how many there are now. names are
// the parts'; without any, each is called by its place in its group. The jobs are let in group by group: see feed.go.
func (h *Handlers) planFetch(ctx context.Context, tx *ledger.Tx, parts []schemas.Object, names []string, groups int) (int, error) {
	for len(parts) > 0 {
		n := min(len(parts), h.deps.GroupJobs)
		g := schemas.Group{Version: schemas.Version, Task: schemas.TaskFetch, Name: schemas.GroupName(groups), Size: n}
		for i, part := range parts[:n] {
			name := schemas.PartName(i)
			if names != nil {
				name = names[i]
			}
			g.Jobs = append(g.Jobs, name)
			g.Inputs = append(g.Inputs, part.Key)
		}
		if err := ledger.PlanGroup(ctx, tx, g); err != nil {
			return 0, err
		}
		parts, groups = parts[n:], groups+1
		if names != nil {
			names = names[n:]
		}
	}
	return groups, nil
}
