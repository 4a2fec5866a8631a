package metrics

import (
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Set is the metrics of one process. Its methods may be called from many goroutines.
type Set struct {
	registry *prometheus.Registry
	jobs     jobs
	fleet    fleet
	process  process
	store    storage
}

// New makes the metrics of a process of this version of the program.
func New(version string) *Set {
	s := &Set{registry: prometheus.NewRegistry(), jobs: newJobs(), fleet: newFleet(), process: newProcess(), store: newStorage()}
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "pairmill_build_info", Help: "1, for the program's version."}, []string{"version"})
	build.WithLabelValues(version).Set(1)
	s.registry.MustRegister(build, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s.registry.MustRegister(s.jobs.all()...)
	s.registry.MustRegister(s.fleet.all()...)
	s.registry.MustRegister(s.process.all()...)
	s.registry.MustRegister(s.store.all()...)
	return s
}

// Handler serves the metrics in Prometheus' text format.
func (s *Set) Handler() http.Handler {
	return promhttp.HandlerFor(s.registry, promhttp.HandlerOpts{Registry: s.registry})
}

// Names lists the names of what is defined here, also of what has no value yet.
func (s *Set) Names() []string {
	names := []string{"pairmill_build_info"}
	for _, group := range [][]prometheus.Collector{s.jobs.all(), s.fleet.all(), s.process.all(), s.store.all()} {
		for _, c := range group {
			ch := make(chan *prometheus.Desc, 8)
			c.Describe(ch)
			close(ch)
			for d := range ch {
				names = append(names, nameOf(d))
			}
		}
	}
	return names
}
