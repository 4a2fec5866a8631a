package control

import (
	"cmp"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"pairmill/cluster"
	"pairmill/internal/metrics"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/workers"
)

// activity is what a worker does now and has done: the Watcher that tells metrics, log and presence.
type activity struct {
	metrics *metrics.Set
	log     *slog.Logger

	mu    sync.Mutex // guards what follows
	jobs  map[string]*running
	rates map[rateOf]*work
}

var _ workers.Watcher = (*activity)(nil)

// running is a job in work.
type running struct {
	cluster.Running
	since time.Time
}

// rateOf is what work is counted by.
type rateOf struct {
	run   string
	stage schemas.Stage
}

// work is what was done for a run in a stage.
type work struct {
	rows, bytes int64
	reasons     map[schemas.Reason]int64
	speed       meter
	last        time.Time
}

func newActivity(set *metrics.Set, log *slog.Logger) *activity {
	return &activity{metrics: set, log: log, jobs: map[string]*running{}, rates: map[rateOf]*work{}}
}

// Started notes a job in work.
func (a *activity) Started(job schemas.Job, attempt int) {
	a.metrics.JobStarted(job.Stage())
	a.log.Info("job begun", "run", job.Run, "job", job.ID(), "attempt", attempt)
	a.mu.Lock()
	defer a.mu.Unlock()
	a.jobs[store.CommitKey(job)] = &running{
		cluster.Running{Run: job.Run, Job: job.ID(), Task: job.Task, Attempt: attempt}, time.Now(),
	}
}

// Ended lets go of it.
func (a *activity) Ended(job schemas.Job) {
	a.metrics.JobEnded(job.Stage())
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.jobs, store.CommitKey(job))
}

// Row counts a row.
func (a *activity) Row(job schemas.Job, item workers.Item) {
	a.metrics.Row(job.Task, item.Reason, item.Bytes)
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	if j := a.jobs[store.CommitKey(job)]; j != nil {
		j.Rows++
	}
	k := rateOf{job.Run, job.Stage()}
	w := a.rates[k]
	if w == nil {
		w = &work{reasons: map[schemas.Reason]int64{}}
		a.rates[k] = w
	}
	w.rows++
	w.bytes += item.Bytes
	w.last = now
	w.speed.add(now)
	if item.Reason != schemas.Kept {
		w.reasons[item.Reason]++
	}
}

// Committed counts a finished job.
func (a *activity) Committed(c schemas.Commit) {
	a.metrics.JobOutcome(c.Job.Task, metrics.Committed)
	took := a.took(c.Job)
	a.metrics.JobTook(c.Job.Task, took)
	a.log.Info("job done", "run", c.Job.Run, "job", c.Job.ID(), "rows", c.Counts.Inputs, "kept", c.Counts.Kept, "key", store.CommitKey(c.Job), "took", took)
}

func (a *activity) took(job schemas.Job) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if j := a.jobs[store.CommitKey(job)]; j != nil {
		return time.Since(j.since)
	}
	return 0
}

// Retried counts a job that is tried again. The worker has logged it.
func (a *activity) Retried(job schemas.Job, _ int, _ error) {
	a.metrics.JobOutcome(job.Task, metrics.Retried)
}

// GivenUp counts a job that was given up. The worker has logged it.
func (a *activity) GivenUp(q schemas.Quarantine) {
	a.metrics.JobOutcome(q.Job.Task, metrics.GivenUp)
}

// forgetWork is how long work for a run is told after its last row.
const forgetWork = 10 * time.Minute

// tell fills in a member's jobs, longest first, and rates.
func (a *activity) tell(m *cluster.Member) {
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, j := range a.jobs {
		r := j.Running
		r.For = now.Sub(j.since)
		m.Jobs = append(m.Jobs, r)
	}
	for k, w := range a.rates {
		if now.Sub(w.last) > forgetWork {
			delete(a.rates, k)
			continue
		}
		m.Runs = append(m.Runs, cluster.Rate{
			Run: k.run, Stage: k.stage, Rows: w.rows, Bytes: w.bytes, PerSec: w.speed.perSecond(now), Reasons: maps.Clone(w.reasons),
		})
	}
	slices.SortFunc(m.Jobs, func(x, y cluster.Running) int { return cmp.Or(cmp.Compare(y.For, x.For), cmp.Compare(x.Job, y.Job)) })
	slices.SortFunc(m.Runs, func(x, y cluster.Rate) int { return cmp.Or(cmp.Compare(x.Run, y.Run), cmp.Compare(x.Stage, y.Stage)) })
}
