package main

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

func TestExitCode(t *testing.T) {
	t.Parallel()
	signalled := errors.New("a signal")
	ended, cancel := context.WithCancelCause(context.Background())
	cancel(signalled)
	for _, c := range []struct {
		name string
		ctx  context.Context
		err  error
		want int
	}{
		{"nothing wrong", context.Background(), nil, exitDone},
		{"nothing wrong, though ended", ended, nil, exitDone},
		{"an error", context.Background(), errors.New("disk full"), exitError},
		{"an error, though ended", ended, errors.New("disk full"), exitError},
		{"cancelled by a user", ended, fmt.Errorf("fetch: %w", context.Canceled), exitInterrupted},
		{"the cause, wrapped", ended, fmt.Errorf("fetch: %w", signalled), exitInterrupted},
		{"cancelled by nobody outside", context.Background(), context.Canceled, exitError},
		{"a spec", context.Background(), usage(errors.New("no seeds")), exitUsage},
		{"its own code before the signal", ended, usage(context.Canceled), exitUsage},
	} {
		if got := exitCode(c.ctx, c.err); got != c.want {
			t.Errorf("%s: exit code %d, want %d", c.name, got, c.want)
		}
	}
}
