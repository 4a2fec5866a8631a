package control

import (
	"cmp"
	"slices"

	"pairmill/control/api"
	"pairmill/schemas"
)

// rows is what a tally says of a run's rows. Rows that a retry took again count once.
func (x *tally) rows() api.Rows {
	x.mu.Lock()
	defer x.mu.Unlock()
	sum := schemas.Summarize("", x.counts)
	r := api.Rows{In: sum.Candidates, Fetched: sum.Fetched, Unchanged: sum.Unchanged, Kept: sum.Kept, Quarantined: sum.Quarantined}
	for _, n := range sum.Dropped {
		r.Dropped += n
	}
	r.Planned = x.stage(schemas.StageFetch).plannedRows
	for _, n := range x.counts.Superseded {
		r.Planned -= n
	}
	r.Planned = max(r.Planned, 0)
	return r
}

// reasons lists why rows were dropped, most first.
func (x *tally) reasons() []api.Reason {
	x.mu.Lock()
	defer x.mu.Unlock()
	list := []api.Reason{}
	for reason, n := range schemas.Summarize("", x.counts).Dropped {
		list = append(list, api.Reason{Reason: reason, Class: reason.Class(), Rows: n})
	}
	slices.SortFunc(list, func(a, b api.Reason) int { return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Reason, b.Reason)) })
	return list
}

// state is how a run stands: one that runs is queued until something of it is committed.
func (x *tally) state(now schemas.Standing) schemas.RunState {
	x.mu.Lock()
	defer x.mu.Unlock()
	if now.State == schemas.RunRunning && x.records == 0 && !x.partial {
		return schemas.RunQueued
	}
	return now.State
}
