package nats

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// checkKey is what Check writes, among the returns, where every process may write. It is no job's: there is no such stage.
const checkKey = "health.store.check"

// checkSize is more than fits into what is left of the last page of a file: a full disk takes less than a page for a while.
const checkSize = 4 << 10

// Check stores a value and waits until the server has it. A server that has no room answers what is asked of it and hands out
// jobs, but it stores nothing, and does not refuse either (seen with 2.15.2 on a disk of 64 MB).
func (q *Queue) Check(ctx context.Context) error {
	ctx, done, err := q.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	err = q.once(ctx, func(ctx context.Context) error {
		_, err := q.returns.Put(ctx, checkKey, make([]byte, checkSize))
		return err
	})
	switch {
	case err == nil:
		q.silent.Store(0)
		return nil
	case unanswered(err) && q.nc.IsConnected() && q.silent.Add(1) > 1:
		err = errors.Join(errStuck, err)
	}
	return fmt.Errorf("store in bucket %s: %w", returnBucket, explained(err))
}

var errNoRoom = errors.New("nats stores nothing: its disk may be full, or its limit max_file_store used up; make room and restart nats-server")

// explained adds to a server's refusal what it means.
func explained(err error) error {
	var api *jetstream.APIError
	if !errors.As(err, &api) {
		return err
	}
	for _, words := range []string{"no space left on device", "insufficient storage", "insufficient resources", "resource limits exceeded"} {
		if strings.Contains(api.Description, words) {
			return errors.Join(errNoRoom, err)
		}
	}
	return err
}
