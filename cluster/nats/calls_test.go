package nats

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	natsio "github.com/nats-io/nats.go"
)

// TestNoAnswerAfterPatience: an answerer whose caller has given up says nothing. By its clock that may be just before the
// caller gives up by its own, which would take the refusal for an answer.
func TestNoAnswerAfterPatience(t *testing.T) {
	t.Parallel()
	p := joinServer(t, startServer(t, ServerConfig{Listen: "127.0.0.1:0"}).URL())
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	defer all.Wait()
	defer stop()
	ended := make(chan error, 100)
	all.Go(func() {
		if err := p.Answer(ctx, "pace-1", func(ctx context.Context, _ []byte) ([]byte, error) {
			<-ctx.Done()
			ended <- context.Cause(ctx)
			return nil, ctx.Err()
		}); err != nil {
			t.Error(err)
		}
	})
	ask := func() error {
		m := &natsio.Msg{Subject: callSubject("pace-1"), Header: natsio.Header{patienceHeader: {"10"}}}
		_, err := p.q.nc.RequestMsg(m, 500*time.Millisecond)
		return err
	}
	eventually(t, "somebody answers", func() bool { return !errors.Is(ask(), natsio.ErrNoResponders) })
	if err := ask(); !errors.Is(err, natsio.ErrTimeout) {
		t.Errorf("a caller that waits longer than it said: %v", err)
	}
	if cause := <-ended; !errors.Is(cause, errPatience) {
		t.Errorf("the answer's context ended with %v", cause)
	}
}
