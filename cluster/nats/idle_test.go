package nats

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"pairmill/schemas"
)

// TestIdleIsQuiet: Pulls that wait ask the server for next to nothing, also those of a process whose connection was lost
// and of one with a run that is paused.
func TestIdleIsQuiet(t *testing.T) {
	t.Parallel()
	s := startServer(t, ServerConfig{})
	q := openQueue(t, s.Conn())
	for _, run := range []string{"r1", "r2", "r3"} {
		push(t, q, jobOf(run, "a"))
		if err := pull(t, q).Ack(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for range 8 {
		go func() { _, _ = q.Pull(ctx, schemas.StageFetch) }()
	}
	q.reconnected()
	time.Sleep(time.Second)
	before, looks := varz(t, s).InMsgs, q.stages[schemas.StageFetch].looks.Load()
	time.Sleep(2 * time.Second)
	if n := varz(t, s).InMsgs - before; n > 4 { // the bucket of runs is read now and then
		t.Errorf("%d messages to the server within 2 s of idling", n)
	}
	if n := q.stages[schemas.StageFetch].looks.Load() - looks; n > 4 {
		t.Errorf("the dispatcher looked %d times within 2 s of idling", n)
	}
}

func varz(t testing.TB, s *Server) *server.Varz {
	t.Helper()
	v, err := s.server.Varz(&server.VarzOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}
