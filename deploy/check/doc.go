// Package check holds what `make deploy-check` runs: tests of the chart, the compose file, the images, the alert rules and
// the servers' configuration, against what Kubernetes, Compose, Prometheus and the program itself understand.
//
//   - The chart is rendered with each file in values/ and every document decoded strictly into its Kubernetes type; then the
//     tests look for what such types do not say: that probes ask a port that is there, that selectors find their pods, that
//     nothing is written outside of a volume, that a worker has time to hand its jobs back.
//   - The compose file is loaded as Compose does, with .env.example for its environment.
//   - The Dockerfile is parsed as BuildKit does, and its runtime stage holds the packages of exactly those shared libraries that
//     bin/pairmill is linked with.
//   - Alert rules and the dashboard's queries are parsed and run by Prometheus' own engine on made-up series: each alert must
//     fire on what it is for and be silent without it.
//   - What the files set (PAIRMILL_*, options, commands) is asked of the program's --help.
//   - The compose file's services, and what the chart renders, run as processes: entrypoints, commands, environment, files and
//     names of hosts as they are, on a read-only root, as the user and with the rights of their containers. They make a dataset.
//
// Beside it, deployed reads the compose file and the Dockerfile, and the command processes makes processes of the compose file's
// containers for `make cluster-demo`.
//
// It is a module of its own, because the types of Kubernetes, Compose, BuildKit and Prometheus would otherwise stand among the
// requirements of everyone who builds pairmill.
package check
