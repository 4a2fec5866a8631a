package api

import "pairmill/schemas"

// Reconcile asks for runs to be derived again from the store.
type Reconcile struct {
	Run string `json:"run,omitempty"` // default: every run that is not over
}

// Reconciled says what was missing, and is there again.
type Reconciled struct {
	Streams   []string  `json:"streams"`   // of the queue; made again, empty
	Consumers []string  `json:"consumers"` // of the queue, as <stream>/<run>
	Adopted   []string  `json:"adopted"`   // runs that had messages queued and that nobody had made known
	Runs      []Derived `json:"runs"`      // that were looked at, by name
}

// Derived is what the store says of a run.
type Derived struct {
	Run   string           `json:"run"`
	State schemas.RunState `json:"state"`
	After string           `json:"after,omitempty"` // the run that it waits for; nothing of it is queued until then
	Open  []Open           `json:"open"`            // what is to do, by stage
	Error string           `json:"error,omitempty"` // why it could not be derived
}

// Open is the jobs of a stage that may run now.
type Open struct {
	Stage schemas.Stage `json:"stage"`
	Jobs  int           `json:"jobs"`
	Again int           `json:"again"` // of those, how many the queue did not hold: they are queued again
}

// OpenByStage counts jobs that are to do, and those that were added to the queue, by stage in the order of the stages.
func OpenByStage(open, added []schemas.Job) []Open {
	list := []Open{}
	for _, stage := range schemas.Stages() {
		o := Open{Stage: stage, Jobs: count(open, stage), Again: count(added, stage)}
		if o.Jobs > 0 {
			list = append(list, o)
		}
	}
	return list
}

func count(jobs []schemas.Job, stage schemas.Stage) (n int) {
	for _, j := range jobs {
		if j.Stage() == stage {
			n++
		}
	}
	return n
}
