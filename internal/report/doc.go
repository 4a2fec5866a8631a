// Package report says what became of a run's rows: how many were kept, and for each reason, host and registrable domain how
// many were not, with an example that can be repeated by hand.
//
// Promises:
//
//   - A row counts once, with the state that its highest generation gave it, so the numbers are the ledger's.
//   - Memory is bounded whatever the number of hosts: rows that were dropped are sorted on the local disk.
//   - It can be asked at any time: a run that is not over is reported as far as it has come.
package report
