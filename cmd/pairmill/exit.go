package main

import (
	"context"
	"errors"
)

// Exit codes. The table stands in the README.
const (
	exitDone        = 0
	exitError       = 1   // the command could not do its work; the message says why
	exitUsage       = 2   // the command line or the spec is wrong; nothing was started
	exitQuarantined = 3   // finished, but some work was given up, or verification found damage
	exitHalted      = 4   // halted by a budget or an anomaly; the same command goes on where it stopped
	exitInterrupted = 130 // SIGINT or SIGTERM; the same command goes on where it stopped
)

// errQuiet marks errors that were reported already.
var errQuiet = errors.New("reported")

// codeError is an error with an exit code of its own.
type codeError struct {
	code int
	error
}

func (e codeError) Unwrap() error { return e.error }

// usage marks an error of the command line or the spec.
func usage(err error) error { return codeError{exitUsage, err} }

func exitCode(ctx context.Context, err error) int {
	var c codeError
	switch {
	case err == nil:
		return exitDone
	case errors.As(err, &c):
		return c.code
	case ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx))):
		return exitInterrupted
	}
	return exitError
}
