package cluster

import (
	"context"
	"errors"
)

// ErrNobody is why a call has no answer: no process answers to the name now.
var ErrNobody = errors.New("nobody answers")

// Calls are questions from one process of the cluster to another, of at most MaxCall bytes each way. They promise less
// than the queue: a call whose answer did not come may have been heard or not, so what it asks for must bear repeating.
type Calls interface {
	// Call asks whoever answers to name, one of them if there are several. It returns ErrNobody at once when nobody does,
	// a *CallError when the answerer refused, and ctx's cause when no answer came in time: ctx should have a deadline, because
	// an answerer may die with the question. Names are as schemas.ValidName has them.
	Call(ctx context.Context, name string, question []byte) (answer []byte, err error)

	// Answer answers calls to name until ctx ends or Close, many at a time, and returns nil then. The answer's context ends
	// with the caller's patience, where the medium can tell, and with ctx.
	Answer(ctx context.Context, name string, answer func(ctx context.Context, question []byte) ([]byte, error)) error
}

// MaxCall is the largest question or answer, in bytes: well under what a NATS server takes by default (1 MiB).
const MaxCall = 512 << 10

// CallError is an answerer's refusal, as it put it.
type CallError struct{ Text string }

func (e *CallError) Error() string { return e.Text }
