package cluster

import (
	"context"
	"time"
)

// Timer is something that is due again and again, cluster-wide.
type Timer struct {
	Name string `json:"name"` // schemas.ValidName
	Cron string `json:"cron"` // five fields: minute, hour, day of month, month, day of week; or @hourly, @daily, @weekly, @monthly
	Zone string `json:"zone"` // IANA name; empty is UTC
}

// Timers fire at their times, once in the whole cluster, also after every process of it was restarted. A time that
// passed while the medium itself was down is made up for at most once.
type Timers interface {
	// SetTimer adds or replaces a timer. A cron expression or zone that cannot be read is an error that says which field.
	SetTimer(ctx context.Context, t Timer) error

	// RemoveTimer removes one; one that is not there is no error. A tick on its way may still come.
	RemoveTimer(ctx context.Context, name string) error

	// Timers lists what is set, by name.
	Timers(ctx context.Context) ([]Timer, error)

	// NextTick waits for a timer to be due and leases its tick to the caller: the tick comes again unless it is acked within
	// a minute. Errors are as of Queue.Pull.
	NextTick(ctx context.Context) (Tick, error)
}

// Tick is one time at which a timer was due.
type Tick interface {
	Timer() string
	// At is when it was due, to the second. Name and time identify the tick.
	At() time.Time
	Ack(ctx context.Context) error
}
