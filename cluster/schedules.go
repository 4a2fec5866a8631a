package cluster

import (
	"context"
	"time"
)

// Timer is something that is due again and again, cluster-wide.
type Timer struct {
	Name string `json:"name"` // schemas.ValidName
	Cron string `json:"cron"` // minute, hour, day of month, month, day of week; or @hourly, @daily, @weekly, @monthly
	Zone string `json:"zone"` // IANA name; empty is UTC
}

// Timers fire at their times, once in the whole cluster, also after every process of it was restarted. Of a timer's ticks
// that nobody has taken only the latest is kept, and times that passed while the medium itself was down are made up for
// by one tick at most: whoever was away for a week catches up once.
type Timers interface {
	// SetTimer adds or replaces a timer; setting what is set changes nothing, so that whoever decides timers may repeat them.
	// A cron expression or zone that cannot be read is an error that says which field.
	SetTimer(ctx context.Context, t Timer) error

	// RemoveTimer removes one; one that is not there is no error. A tick on its way may still come.
	RemoveTimer(ctx context.Context, name string) error

	// Timers lists what is set, by name.
	Timers(ctx context.Context) ([]Timer, error)

	// NextTick waits for a timer to be due and leases its tick to the caller: the tick comes again unless it is acked within
	// a minute. Its error is ctx's cause or ErrClosed.
	NextTick(ctx context.Context) (Tick, error)
}

// Tick is one time at which a timer was due.
type Tick interface {
	Timer() string
	// At is when it was due, to the second. Name and time identify the tick.
	At() time.Time
	Ack(ctx context.Context) error
}
