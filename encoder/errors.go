package encoder

import (
	"errors"
	"fmt"
)

// ErrClosed is returned by calls after Close.
var ErrClosed = errors.New("encoder is closed")

// ItemError names the one item that made a call fail. The other items of the call are fine: a caller drops the item
// as a row with a reason and calls again without it.
type ItemError struct {
	Index int   // position in the slice that was passed in
	Err   error // what is wrong with it
}

func (e *ItemError) Error() string { return fmt.Sprintf("encoding item %d: %v", e.Index, e.Err) }

// Unwrap returns what is wrong with the item.
func (e *ItemError) Unwrap() error { return e.Err }
