package workers

import (
	"context"
	"errors"
	"sync"

	"pairmill/schemas"
)

// errRunOver is why a job in work is stopped alone: its run was cancelled, or cannot be ended any more.
var errRunOver = errors.New("the run is over")

// inWork is the jobs in work. The zero inWork is empty.
type inWork struct {
	mu   sync.Mutex // guards what follows
	next int
	jobs map[int]stoppable
}

type stoppable struct {
	job    schemas.Job
	cancel context.CancelCauseFunc
}

// add notes a job; the function that it returns forgets it.
func (w *inWork) add(job schemas.Job, cancel context.CancelCauseFunc) (remove func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.jobs == nil {
		w.jobs = map[int]stoppable{}
	}
	w.next++
	n := w.next
	w.jobs[n] = stoppable{job, cancel}
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.jobs, n)
	}
}

// stop stops some jobs, and returns how many they were.
func (w *inWork) stop(cause error, of func(job schemas.Job) bool) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, j := range w.jobs {
		if of(j.job) {
			j.cancel(cause)
			n++
		}
	}
	return n
}

// StopRun stops the jobs of a run that are in work and returns how many they were. They are handed back uncounted, which
// changes nothing if the queue has dropped the run. Jobs that are pulled afterwards are not concerned.
func (w *Worker) StopRun(run string) (n int) {
	return w.inWork.stop(errRunOver, func(j schemas.Job) bool { return j.Run == run })
}
