package workers

import "pairmill/schemas"

// Watcher is told what happens, for progress and metrics. Its methods are called from many goroutines and must not
// block; it decides nothing.
type Watcher interface {
	Started(job schemas.Job, attempt int)
	Row(job schemas.Job, reason schemas.Reason, bytes int64) // one item of a running job is done
	Committed(c schemas.Commit)
	Retried(job schemas.Job, attempt int, err error)
	GivenUp(q schemas.Quarantine)
}

// Unwatched is a Watcher that does nothing.
type Unwatched struct{}

var _ Watcher = Unwatched{}

// Started does nothing.
func (Unwatched) Started(schemas.Job, int) {}

// Row does nothing.
func (Unwatched) Row(schemas.Job, schemas.Reason, int64) {}

// Committed does nothing.
func (Unwatched) Committed(schemas.Commit) {}

// Retried does nothing.
func (Unwatched) Retried(schemas.Job, int, error) {}

// GivenUp does nothing.
func (Unwatched) GivenUp(schemas.Quarantine) {}
