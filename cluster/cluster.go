// Package cluster moves jobs between processes, and lets them agree on who does what: small interfaces, implemented in
// memory (cluster/mem) and on NATS (cluster/nats), with one suite for both (cluster/clustertest).
//
// The queue promises at-least-once delivery and nothing more. It may lose everything it holds: the store is the
// ledger, and a run is re-derived from it. Locks, Calls, Presence, Timers, Journal and Memory promise what each of them
// says, and nobody may need them to know what is done.
package cluster

import (
	"context"
	"errors"
	"time"

	"pairmill/schemas"
)

// Errors that callers decide on.
var (
	ErrClosed    = errors.New("the connection to the cluster is closed")
	ErrLeaseLost = errors.New("lease has run out") // from Extend: another worker has the job, or will have it
)

// Queue holds jobs until they are settled.
type Queue interface {
	// Push adds jobs, all of them or an error (after an error some may have been added: push again). A job that is
	// queued or in work already (same run, stage and ID) is left alone, which is no error.
	Push(ctx context.Context, jobs ...schemas.Job) error

	// Pull waits for the next job of a stage and leases it to the caller. It returns ctx.Err() when ctx ends and
	// ErrClosed when the queue is closed.
	Pull(ctx context.Context, stage schemas.Stage) (Delivery, error)

	// Pending counts the jobs of a run and stage that are queued or in work.
	Pending(ctx context.Context, run string, stage schemas.Stage) (int, error)

	// Close ends every Pull. Leased jobs come back after their lease.
	Close() error
}

// Adder is the power of a Queue to say what a Push has changed. Every Queue of this project has it.
type Adder interface {
	// Add is Push, and returns those of the jobs that were neither queued nor in work. With an error it returns none, and some
	// may have been added.
	Add(ctx context.Context, jobs ...schemas.Job) (added []schemas.Job, err error)
}

// Delivery is one leased job. Exactly one of Ack, Retry, Return and Reject settles it; a lease that runs out unsettled
// gives the job to another worker, so settling may come too late: effects must not depend on holding a lease.
// A late Ack still removes the job, because its work is done; the other three, when late, change nothing and return nil.
type Delivery interface {
	Job() schemas.Job

	// Attempt counts deliveries of this job, from 1. A job handed back by Return does not count.
	Attempt() int

	// Ack removes the job.
	Ack(ctx context.Context) error

	// Retry gives the job back for delivery after at least the delay.
	Retry(ctx context.Context, after time.Duration) error

	// Return gives the job back at once, not counted as an attempt where the medium can do so: an orderly stop is
	// no failure.
	Return(ctx context.Context) error

	// Reject removes the job for good and keeps it with its reason among the dead letters.
	Reject(ctx context.Context, reason string) error

	// Extend renews the lease; call it at least every Lease()/3.
	Extend(ctx context.Context) error

	// Lease is how long the job stays with the caller without Extend.
	Lease() time.Duration
}
