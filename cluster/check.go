package cluster

import "context"

// Checker is the optional power of a Queue to tell whether it works.
type Checker interface {
	// Check stores something. Its error says what is wrong, in words for whoever can mend it.
	Check(ctx context.Context) error
}
