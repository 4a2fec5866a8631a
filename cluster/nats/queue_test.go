package nats

import (
	"log/slog"
	"testing"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"pairmill/cluster/clustertest"
	"pairmill/schemas"
)

// lease is short, because tests wait for it, and long enough for a machine that is busy with all of them at once.
const lease = 2 * time.Second

func startServer(t *testing.T, cfg ServerConfig) *Server {
	t.Helper()
	cfg.Log = slog.New(slog.DiscardHandler)
	s, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func openQueue(t *testing.T, conn Conn) *Queue {
	t.Helper()
	q, err := Open(t.Context(), conn, Config{Lease: lease, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	return q
}

func TestSuite(t *testing.T) {
	t.Parallel()
	clustertest.Run(t, func(t *testing.T) clustertest.Harness {
		t.Parallel()
		dir := t.TempDir()
		s := startServer(t, ServerConfig{Dir: dir})
		q := openQueue(t, s.Conn())
		return clustertest.Harness{
			Queue: q,
			Inject: func(t *testing.T, run string, stage schemas.Stage, id string, body []byte) {
				publish(t, q, workSubject(stage, run, id), body)
			},
			Beside: func(t *testing.T) clustertest.Queue { return openQueue(t, s.Conn()) },
			Restart: func(t *testing.T) clustertest.Queue {
				if err := q.Close(); err != nil {
					t.Fatal(err)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				return openQueue(t, startServer(t, ServerConfig{Dir: dir}).Conn())
			},
		}
	})
}

// publish stores a raw message, past the queue.
func publish(t *testing.T, q *Queue, subject string, body []byte) {
	t.Helper()
	_, err := q.js.PublishMsg(t.Context(), &natsio.Msg{Subject: subject, Data: body}, jetstream.WithRetryAttempts(0))
	if err != nil {
		t.Fatalf("publish %s: %v", subject, err)
	}
}
