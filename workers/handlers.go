package workers

import (
	"runtime"

	"pairmill/schemas"
)

// Handlers is every task's handler over one store.
type Handlers struct {
	flow *flow
	runs *Runs
	deps Deps

	slots  chan struct{} // one for each picture that is being fetched; nil without a limit
	pixels chan struct{} // one for each picture that is being worked on: as many as there are processors
}

// NewHandlers makes the handlers. Close them when no job runs any more.
func NewHandlers(deps Deps) *Handlers {
	if deps.Watch == nil {
		deps.Watch = Unwatched{}
	}
	runs := newRuns(deps)
	h := &Handlers{flow: &flow{store: deps.Store, runs: runs}, runs: runs, deps: deps, pixels: make(chan struct{}, runtime.GOMAXPROCS(0))}
	if deps.Requests > 0 {
		h.slots = make(chan struct{}, deps.Requests)
	}
	return h
}

// All returns the handler of each task, for a Worker.
func (h *Handlers) All() map[schemas.Task]Handler {
	works := map[schemas.Task]Work{
		schemas.TaskPlan:     h.plan,
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
	all := make(map[schemas.Task]Handler, len(works))
	for task, work := range works {
		all[task] = &once{store: h.deps.Store, flow: h.flow, dir: h.deps.Dir, watch: h.deps.Watch, work: work}
	}
	return all
}

// Close frees what the handlers opened.
func (h *Handlers) Close() error { return h.runs.Close() }
