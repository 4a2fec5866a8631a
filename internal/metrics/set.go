package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"pairmill/cluster"
)

// Set is the metrics of one process. Its methods may be called from many goroutines. What a process of its role does not do
// is not told: a zero would be taken for a fact.
type Set struct {
	registry *prometheus.Registry
	build    *prometheus.GaugeVec
	jobs     jobs
	fleet    fleet
	process  process
	store    storage
}

// New makes the metrics of a process of this version of the program.
func New(version string, role cluster.Role) *Set {
	s := &Set{registry: prometheus.NewRegistry(), jobs: newJobs(), fleet: newFleet(), process: newProcess(), store: newStorage()}
	s.build = prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "pairmill_build_info", Help: "1, for the program's version."}, []string{"version"})
	s.build.WithLabelValues(version).Set(1)
	s.registry.MustRegister(s.build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s.registry.MustRegister(s.process.connected)
	s.registry.MustRegister(s.store.all()...)
	switch role {
	case cluster.RoleControl:
		s.registry.MustRegister(s.process.leader)
		s.registry.MustRegister(s.fleet.all()...)
	case cluster.RoleWorker:
		s.registry.MustRegister(s.process.free, s.process.paused)
		s.registry.MustRegister(s.jobs.all()...)
	}
	return s
}

// Handler serves the metrics in Prometheus' text format.
func (s *Set) Handler() http.Handler {
	return promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{Registry: s.registry})
}

// Metric is what there is to know of a metric without a value.
type Metric struct {
	Name, Help string
	Labels     []string
	Histogram  bool // its series are Name_bucket, with the label le, Name_sum and Name_count
}

// Metrics lists everything that is defined here, whatever the role, also of what has no value yet.
func Metrics() (list []Metric) {
	s := New("", cluster.RoleControl)
	for _, group := range [][]prometheus.Collector{{s.build}, s.jobs.all(), s.fleet.all(), s.process.all(), s.store.all()} {
		for _, c := range group {
			ch := make(chan *prometheus.Desc, 8)
			c.Describe(ch)
			close(ch)
			for d := range ch {
				name, help, labels := described(d)
				_, histogram := c.(*prometheus.HistogramVec)
				list = append(list, Metric{Name: name, Help: help, Labels: labels, Histogram: histogram})
			}
		}
	}
	return list
}
