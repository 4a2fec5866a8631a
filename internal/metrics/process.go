package metrics

import "github.com/prometheus/client_golang/prometheus"

// process is what a process of a cluster tells of itself.
type process struct {
	leader    prometheus.Gauge
	connected prometheus.Gauge
	free      prometheus.Gauge
	paused    *prometheus.GaugeVec
}

func newProcess() process {
	return process{
		leader:    prometheus.NewGauge(prometheus.GaugeOpts{Name: "pairmill_leader", Help: "1 in the control plane that leads."}),
		connected: prometheus.NewGauge(prometheus.GaugeOpts{Name: "pairmill_nats_connected", Help: "1 while NATS answers this process and stores what it sends."}),
		free:      prometheus.NewGauge(prometheus.GaugeOpts{Name: "pairmill_disk_free_bytes", Help: "Free space where jobs spool."}),
		paused: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "pairmill_intake_paused", Help: "1 while this worker begins no jobs, by why: disk or drain; or none that ask the web: anomaly.",
		}, []string{"why"}),
	}
}

func (p process) all() []prometheus.Collector {
	return []prometheus.Collector{p.leader, p.connected, p.free, p.paused}
}

func number(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Leader says whether this process leads.
func (s *Set) Leader(is bool) { s.process.leader.Set(number(is)) }

// Connected says whether NATS answers and stores.
func (s *Set) Connected(is bool) { s.process.connected.Set(number(is)) }

// DiskFree sets the free space where jobs spool, in bytes.
func (s *Set) DiskFree(bytes uint64) { s.process.free.Set(float64(bytes)) }

// IntakePaused says whether intake is paused for a cause: disk, drain or anomaly.
func (s *Set) IntakePaused(why string, is bool) {
	s.process.paused.WithLabelValues(why).Set(number(is))
}
