// Package faults is the proof that nothing is lost when any part of a cluster dies: its tests run the program as processes,
// with NATS servers and an S3 server that are processes too, and kill, stop, suspend, cut off and starve them.
//
// Nothing is here but tests. `make test-faults` builds what they need and runs them; without it each of them skips. They
// share a rig (rig_test.go): a cluster on loopback, a little internet in the test's process that keeps an access log, and an
// oracle that holds each run against an undisturbed one.
package faults
