package workers

import (
	"context"

	"pairmill/schemas"
)

// Watcher is told what happens, for progress and metrics. Its methods are called from many goroutines and must not
// block; it decides nothing.
type Watcher interface {
	Started(job schemas.Job, attempt int)
	Row(job schemas.Job, item Item) // one item of a running job is done
	Committed(c schemas.Commit)
	Retried(job schemas.Job, attempt int, err error)
	GivenUp(q schemas.Quarantine)
	Ended(job schemas.Job) // once for each Started: the worker has let go of the job, however it went
}

// Vetter is a Watcher that may keep a job that was done from being committed.
type Vetter interface {
	// Vet returns why a job must not be committed as it was done, or nil.
	Vet(ctx context.Context, job schemas.Job) error
}

// Item is one row, page or image that a job is done with.
type Item struct {
	URL    string // empty where the item has none
	Reason schemas.Reason
	Detail string
	Bytes  int64 // received for it
}

// Unwatched is a Watcher that does nothing.
type Unwatched struct{}

var _ Watcher = Unwatched{}

// Started does nothing.
func (Unwatched) Started(schemas.Job, int) {}

// Row does nothing.
func (Unwatched) Row(schemas.Job, Item) {}

// Committed does nothing.
func (Unwatched) Committed(schemas.Commit) {}

// Retried does nothing.
func (Unwatched) Retried(schemas.Job, int, error) {}

// GivenUp does nothing.
func (Unwatched) GivenUp(schemas.Quarantine) {}

// Ended does nothing.
func (Unwatched) Ended(schemas.Job) {}
