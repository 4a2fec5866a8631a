package workers

import (
	"context"
	"errors"

	"pairmill/schemas"
)

// Handler does one kind of job.
type Handler interface {
	// Handle does the job, or finds it done, and returns the jobs that may run now. It may be called again at any
	// time for the same job. An error marked Permanent gives the job up; any other is tried again.
	Handle(ctx context.Context, job schemas.Job) (next []schemas.Job, err error)

	// GiveUp returns the jobs that may run although this one was given up.
	GiveUp(ctx context.Context, job schemas.Job) (next []schemas.Job, err error)
}

// attemptKey finds the number of an attempt in a context.
type attemptKey struct{}

// withAttempt tells a handler which attempt at its job this is. What it makes must not depend on it; how carefully it is
// made may.
func withAttempt(ctx context.Context, n int) context.Context {
	return context.WithValue(ctx, attemptKey{}, n)
}

// attemptOf returns the number of the attempt, 1 for the first.
func attemptOf(ctx context.Context) int {
	n, ok := ctx.Value(attemptKey{}).(int)
	if !ok {
		return 1
	}
	return n
}

type permanentError struct{ error }

func (e permanentError) Unwrap() error { return e.error }

// Permanent marks an error that another try cannot mend.
func Permanent(err error) error {
	if err == nil {
		return nil
	}
	return permanentError{err}
}

// IsPermanent tells whether err was marked.
func IsPermanent(err error) bool {
	var p permanentError
	return errors.As(err, &p)
}
