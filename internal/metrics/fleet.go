package metrics

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"pairmill/cluster"
	"pairmill/schemas"
)

// Fleet is the cluster at one look of its leader.
type Fleet struct {
	Queued  map[string]map[schemas.Stage]int // jobs by run
	Dead    int
	Rows    map[string]map[string]int64 // by run and state
	Runs    map[schemas.RunState]int
	Halted  map[string]schemas.Halt // runs that the leader has paused, and why
	Members map[cluster.Role]int
}

// Descriptions of what the leader tells of the whole cluster. The others tell nothing of it: their series would be old.
var (
	queueJobs   = prometheus.NewDesc("pairmill_queue_jobs", "Jobs queued and in work. From the leader.", []string{"stage", "run"}, nil)
	deadLetters = prometheus.NewDesc("pairmill_dead_letters", "Jobs and other messages that were given up and are kept for a look. From the leader.", nil, nil)
	runRows     = prometheus.NewDesc("pairmill_run_rows", "Rows of a run that is not over, by state: planned, in, fetched, unchanged, kept, dropped, quarantined. From the leader.", []string{"run", "state"}, nil)
	runStates   = prometheus.NewDesc("pairmill_runs", "Runs by state: queued, running, paused, done, cancelled, stopped. From the leader.", []string{"state"}, nil)
	runHalted   = prometheus.NewDesc("pairmill_run_halted", "1 for a run that the leader has paused, by why: budget or anomaly. From the leader.", []string{"run", "why"}, nil)
	members     = prometheus.NewDesc("pairmill_members", "Processes of the cluster by role: control, worker. From the leader.", []string{"role"}, nil)
)

// fleet shows one look as a whole: a reader sees nothing of two.
type fleet struct {
	ticks *prometheus.CounterVec
	*look
}

type look struct {
	mu  sync.Mutex // guards now, which is replaced and never changed
	now *Fleet
}

func newFleet() fleet {
	return fleet{look: &look{}, ticks: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "pairmill_schedule_ticks_total", Help: "Times at which a schedule was due, by outcome: submitted, queued, replaced, skipped, failed.",
	}, []string{"series", "outcome"})}
}

func (f fleet) all() []prometheus.Collector { return []prometheus.Collector{f.look, f.ticks} }

// Describe makes a look a prometheus.Collector.
func (l *look) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{queueJobs, deadLetters, runRows, runStates, runHalted, members} {
		ch <- d
	}
}

// Collect gives what the last look saw.
func (l *look) Collect(ch chan<- prometheus.Metric) {
	l.mu.Lock()
	now := l.now
	l.mu.Unlock()
	if now == nil {
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for run, stages := range now.Queued {
		for stage, n := range stages {
			gauge(queueJobs, float64(n), string(stage), run)
		}
	}
	for run, states := range now.Rows {
		for state, n := range states {
			gauge(runRows, float64(n), run, state)
		}
	}
	for _, state := range schemas.RunStates() {
		gauge(runStates, float64(now.Runs[state]), string(state))
	}
	for run, why := range now.Halted {
		gauge(runHalted, 1, run, string(why))
	}
	for _, role := range []cluster.Role{cluster.RoleControl, cluster.RoleWorker} {
		gauge(members, float64(now.Members[role]), string(role))
	}
	gauge(deadLetters, float64(now.Dead))
}

// Fleet replaces what is told of the cluster; nil, from a process that does not lead, takes it away. The caller does not
// change it afterwards.
func (s *Set) Fleet(now *Fleet) {
	s.fleet.mu.Lock()
	defer s.fleet.mu.Unlock()
	s.fleet.now = now
}

// Tick counts a time at which a schedule was due.
func (s *Set) Tick(series, outcome string) { s.fleet.ticks.WithLabelValues(series, outcome).Inc() }

// ForgetSeries takes a schedule away that was removed.
func (s *Set) ForgetSeries(series string) {
	s.fleet.ticks.DeletePartialMatch(prometheus.Labels{"series": series})
}
