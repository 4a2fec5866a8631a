package fetch

import (
	"context"
	"time"
)

// Pacer decides when a request may start. Pages, pictures and robots.txt alike ask it, so that a host sees one
// visitor. A host is a "name:port" as HostKey writes it.
type Pacer interface {
	// Acquire waits for the host's turn, first come first served. Its error is ctx's cause, or that the pacer has
	// shut down. Every Lease must be released.
	Acquire(ctx context.Context, host string) (Lease, error)
}

// Limitable is a Pacer that serves several Fetchers, each with limits of its own: New asks it for one with Config.PerHost
// and Config.Delay.
type Limitable interface {
	With(PacerConfig) Pacer
}

// Lease is the right to have one request in flight to one host.
type Lease interface {
	// Release gives the right back and says what was learnt. Only the first call counts.
	Release(Outcome)
}

// Perishable is a Lease that can end by itself. Requests under it are broken off then, and made again under another.
type Perishable interface {
	// Context ends when the lease does.
	Context() context.Context

	// Valid tells by the clock, at this moment, whether the lease has not ended; it may know it before Context does.
	Valid() bool
}

// Outcome is what a finished request teaches the Pacer about its host.
type Outcome struct {
	CrawlDelay time.Duration // the host's Crawl-delay as robots.txt has it now; 0 = none known
	Pause      time.Duration // the host asked for no request for so long: Retry-After, 429, a challenge page
	Why        string        // of the Pause, in a word or two of our own, for those who are shown what is waited for
	Unsent     bool          // no request was made: the next may start as if this turn had not been
}
