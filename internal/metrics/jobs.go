package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"pairmill/schemas"
)

// Outcomes of a job.
const (
	Committed = "committed"
	Retried   = "retried"
	GivenUp   = "given_up"
)

// keptLabel stands for the reason of rows that were not dropped.
const keptLabel = "kept"

// jobs is what a worker does.
type jobs struct {
	total    *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	running  *prometheus.GaugeVec
	rows     *prometheus.CounterVec
	received prometheus.Counter
	waiting  prometheus.Gauge
}

func newJobs() jobs {
	return jobs{
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "pairmill_jobs_total", Help: "Jobs by how they ended in this process: committed, retried (tried again later) or given_up.",
		}, []string{"task", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "pairmill_job_seconds", Help: "Time from the start of a job to its commit.",
			Buckets: []float64{0.05, 0.2, 1, 5, 15, 60, 180, 600, 1800, 3600}, // from an empty reduce to a shard of slow hosts
		}, []string{"task"}),
		running: prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "pairmill_jobs_running", Help: "Jobs in work in this process."}, []string{"stage"}),
		rows: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "pairmill_rows_total", Help: `Rows that jobs of this process were done with, by reason; "kept" for those that stay. Work that is repeated counts again.`,
		}, []string{"task", "reason"}),
		received: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "pairmill_received_bytes_total", Help: "Bytes of pictures and pages received, after decompression.",
		}),
		waiting: prometheus.NewGauge(prometheus.GaugeOpts{Name: "pairmill_hosts_waiting", Help: "Hosts that requests of this process wait for."}),
	}
}

func (j jobs) all() []prometheus.Collector {
	return []prometheus.Collector{j.total, j.seconds, j.running, j.rows, j.received, j.waiting}
}

// JobStarted counts a job in work.
func (s *Set) JobStarted(stage schemas.Stage) { s.jobs.running.WithLabelValues(string(stage)).Inc() }

// JobEnded takes it out again.
func (s *Set) JobEnded(stage schemas.Stage) { s.jobs.running.WithLabelValues(string(stage)).Dec() }

// JobOutcome counts how a job ended: Committed, Retried or GivenUp.
func (s *Set) JobOutcome(task schemas.Task, outcome string) {
	s.jobs.total.WithLabelValues(string(task), outcome).Inc()
}

// JobTook measures a job that committed.
func (s *Set) JobTook(task schemas.Task, took time.Duration) {
	s.jobs.seconds.WithLabelValues(string(task)).Observe(took.Seconds())
}

// Row counts a row and what was received for it.
func (s *Set) Row(task schemas.Task, reason schemas.Reason, bytes int64) {
	label := string(reason)
	if reason == schemas.Kept {
		label = keptLabel
	}
	s.jobs.rows.WithLabelValues(string(task), label).Inc()
	s.jobs.received.Add(float64(bytes))
}

// HostsWaiting sets how many hosts are waited for.
func (s *Set) HostsWaiting(n int) { s.jobs.waiting.Set(float64(n)) }
