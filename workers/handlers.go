package workers

import (
	"cmp"
	"context"
	"runtime"

	"pairmill/schemas"
)

// Handlers is every task's handler over one store.
type Handlers struct {
	flow  *flow
	runs  *Runs
	deps  Deps
	waits *waits

	slots  chan struct{} // one for each picture that is being fetched; nil without a limit
	pixels chan struct{} // one for each picture that is being worked on: as many as there are processors
}

// NewHandlers makes the handlers. Close them when no job runs any more.
func NewHandlers(deps Deps) *Handlers {
	if deps.Watch == nil {
		deps.Watch = Unwatched{}
	}
	deps.GroupJobs, deps.Ahead = cmp.Or(deps.GroupJobs, 1000), cmp.Or(deps.Ahead, 1000)
	waits := newWaits()
	runs := newRuns(deps, waits)
	h := &Handlers{flow: newFlow(deps.Store, runs, deps.Ahead), runs: runs, deps: deps, waits: waits, pixels: make(chan struct{}, runtime.GOMAXPROCS(0))}
	if deps.Requests > 0 {
		h.slots = make(chan struct{}, deps.Requests)
	}
	return h
}

// works returns what each task does.
func (h *Handlers) works() map[schemas.Task]Work {
	return map[schemas.Task]Work{
		schemas.TaskPlan:     h.plan,
		schemas.TaskRecall:   h.recall,
		schemas.TaskGather:   h.gather,
		schemas.TaskWalk:     h.walk,
		schemas.TaskRoute:    h.route,
		schemas.TaskExchange: h.exchange,
		schemas.TaskScan:     h.scan,
		schemas.TaskCut:      h.cut,
		schemas.TaskFetch:    h.fetch,
		schemas.TaskDedup:    h.dedup,
		schemas.TaskEmbed:    h.embed,
		schemas.TaskSelect:   h.sel,
		schemas.TaskCurate:   h.curate,
		schemas.TaskPublish:  h.publish,
		schemas.TaskRelease:  h.release,
		schemas.TaskDeliver:  h.deliver,
		schemas.TaskTally:    h.tally,
		schemas.TaskFinish:   h.finish,
	}
}

// All returns the handler of each task, for a Worker.
func (h *Handlers) All() map[schemas.Task]Handler {
	works := h.works()
	all := make(map[schemas.Task]Handler, len(works))
	for task, work := range works {
		all[task] = &once{store: h.deps.Store, flow: h.flow, dir: h.deps.Dir, watch: h.deps.Watch, work: work}
	}
	return all
}

// Close frees what the handlers opened.
func (h *Handlers) Close() error { return h.runs.Close() }

// Forgive has the fetches of some runs forget what they hold against hosts that did not answer.
func (h *Handlers) Forgive(of func(run string) bool) { h.runs.forgive(of) }

// Spec returns a run's spec.
func (h *Handlers) Spec(ctx context.Context, run string) (schemas.Spec, error) {
	return h.runs.Spec(ctx, run)
}
