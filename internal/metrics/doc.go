// Package metrics is what a process of a cluster tells Prometheus: every metric with its name, its labels and its meaning in
// one place. The names are a promise to dashboards and alert rules; docs/cluster.md lists them.
//
// Labels come from closed lists (tasks, stages, reasons, states), from people (runs, schedules) or from the program, never
// from the web: no site can make a new series. Series of runs that are over are taken away.
package metrics
