package nats

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"pairmill/cluster"
)

// TestWhatAWorkerNeeds of the medium is what doc.go says.
func TestWhatAWorkerNeeds(t *testing.T) {
	t.Parallel()
	s, err := server.NewServer(&server.Options{
		ServerName: "pairmill", Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, StoreDir: t.TempDir(),
		Users: []*server.User{
			{Username: "control", Password: "c"},
			{Username: "worker", Password: "w", Permissions: &server.Permissions{
				Publish:   &server.SubjectPermission{Allow: []string{"$KV.pairmill-members.*", "log.*.*", "call.*.*", "$JS.API.>"}}, // the last is the queue's
				Subscribe: &server.SubjectPermission{Allow: []string{workerInbox + ".>", runsNews + "*"}},
			}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	t.Cleanup(func() { stop(s) })
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("the server does not come up")
	}
	open := func(user string, cfg Config) *Medium {
		t.Helper()
		cfg.Timeout, cfg.Log = time.Second, slog.New(slog.DiscardHandler)
		q, err := Open(t.Context(), Connect("nats://"+user+"@"+s.Addr().String()), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = q.Close() })
		return q.Medium()
	}
	plane := open("control:c", Config{})
	if _, err := plane.Lock(t.Context(), "leader", "c"); err != nil { // makes everything
		t.Fatal(err)
	}
	worker := open("worker:w", Config{Worker: true})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	answering := make(chan struct{})
	go func() {
		defer close(answering)
		_ = plane.Answer(ctx, "pace-0", func(context.Context, []byte) ([]byte, error) { return []byte("yes"), nil })
	}()
	showing := make(chan struct{})
	go func() {
		defer close(showing)
		_ = worker.Announce(ctx, func() cluster.Member { return cluster.Member{ID: "w"} })
	}()
	worker.Note(cluster.Entry{Run: "r1", Text: "line"})
	var called, shown, noted bool
	for !(called && shown && noted) && ctx.Err() == nil {
		answer, err := worker.Call(ctx, "pace-0", nil)
		called = err == nil && string(answer) == "yes"
		list, err := plane.Members(ctx)
		shown = err == nil && len(list) == 1
		for e, err := range plane.Lines(ctx, "r1", "") {
			noted = err == nil && e.Text == "line"
		}
		time.Sleep(20 * time.Millisecond)
	}
	if ctx.Err() != nil {
		t.Errorf("a worker can call %v, be shown %v, write to the journal %v", called, shown, noted)
	}
	if err := worker.Remember(after(t, 2*time.Second), "g", "n", nil, time.Minute); err == nil {
		t.Error("a worker can write what is the control plane's")
	}
	cancel()
	<-answering
	<-showing
}

func after(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}
