package cluster

import (
	"context"
	"time"
)

// Locks are names of which one process of the cluster at a time holds each. A holder that dies loses its locks after
// their time to live; one that lives but cannot renew them is told so before anybody else can have them. Clocks are
// not compared between machines: only durations count.
type Locks interface {
	// Lock waits until name is free, takes it and keeps renewing it, also when ctx ends afterwards. Its error is ctx's cause
	// or ErrClosed. Names are 1 to 64 of a-z, 0-9 and inner hyphens (schemas.ValidName). value is shown to whoever asks for
	// the holder: at most 256 bytes.
	Lock(ctx context.Context, name, value string) (Lock, error)

	// Holder returns the value of a name's present holder; ok is false when nobody holds it.
	Holder(ctx context.Context, name string) (value string, ok bool, err error)
}

// Lock is a held name.
type Lock interface {
	// Lost is closed when the lock is not held any more: after Unlock or Close, at least LockMargin before another can have
	// it when it could not be renewed, and at once when the medium says that it is gone.
	// What is done under a lock must stop then. It must nevertheless be safe against a holder that was suspended and does
	// not notice in time.
	Lost() <-chan struct{}

	// Held tells by the clock, at this moment, whether the lock is surely held, and for LockMargin longer at least. A holder
	// that was suspended learns it from Held before Lost is closed: ask it right before what must not be done without the lock.
	Held() bool

	// Epoch grows with each holder of a name, so that what an earlier one said can be told from what this one says; it
	// starts again when the medium has lost what it keeps.
	Epoch() uint64

	// Unlock gives the name back at once. Calls after the first, and after the loss, do nothing.
	Unlock(ctx context.Context) error
}

// LockTTL is how long a lock outlives its holder: long enough for a NATS cluster to elect a leader (up to 5 s) between a
// renewal and the margin, so that losing one of its servers moves no lock; short enough that a takeover takes seconds.
const LockTTL = 8 * time.Second

// MaxLockValue is the longest value of a lock, in bytes.
const MaxLockValue = 256

// LockMargin is how long before the end of its time to live a holder that could not renew gives a lock up.
const LockMargin = 2 * time.Second
