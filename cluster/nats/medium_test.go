package nats

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/cluster/clustertest"
)

// peer is a medium with the queue whose connection it has.
type peer struct {
	*Medium
	q     *Queue
	cable *cable
}

func (p *peer) Close() error { return p.q.Close() }

func joinServer(t *testing.T, url string) *peer {
	t.Helper()
	c := layCable(t, url)
	q, err := Open(t.Context(), Connect(c.url()), Config{Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.set(false)
		_ = q.Close()
	})
	return &peer{Medium: q.Medium(), q: q, cable: c}
}

// setOften sets a timer that is due every second, which our expressions have no words for: its ticks tell when they were
// stored.
func setOften(t *testing.T, m *Medium, name string) time.Duration {
	t.Helper()
	if err := m.setTimer(t.Context(), cluster.Timer{Name: name, Cron: "every second"}, "* * * * * *"); err != nil {
		t.Fatal(err)
	}
	return time.Second
}

func TestMediumSuite(t *testing.T) {
	t.Parallel()
	clustertest.RunMedium(t, func(t *testing.T) clustertest.Medium {
		t.Parallel()
		dir := t.TempDir()
		s := startServer(t, ServerConfig{Dir: dir, Listen: "127.0.0.1:0"})
		url := s.URL()
		return clustertest.Medium{
			Join: func(t *testing.T) clustertest.Peer { return joinServer(t, url) },
			Cut: func(_ *testing.T, p clustertest.Peer) func() {
				c := p.(*peer).cable
				c.set(true)
				return func() { c.set(false) }
			},
			Often: func(t *testing.T, p clustertest.Peer, name string) time.Duration {
				return setOften(t, p.(*peer).Medium, name)
			},
			Restart: func(t *testing.T) {
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				s = startServer(t, ServerConfig{Dir: dir, Listen: strings.TrimPrefix(url, "nats://")})
			},
		}
	})
}

// TestMediumOfAWorker: a worker makes nothing, and uses what the control plane has made.
func TestMediumOfAWorker(t *testing.T) {
	t.Parallel()
	url := startServer(t, ServerConfig{Listen: "127.0.0.1:0"}).URL()
	plane := joinServer(t, url)
	q, err := Open(t.Context(), Connect(url), Config{Worker: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	w := q.Medium()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := w.Remember(ctx, "g", "n", nil, time.Minute); err == nil {
		t.Error("a worker has made a bucket")
	}
	if list, err := w.Members(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("members before there is a bucket: %v, %v", list, err)
	}
	if _, err := plane.Lock(t.Context(), "leader", "c"); err != nil {
		t.Fatal(err)
	}
	if err := w.Remember(t.Context(), "g", "n", nil, time.Minute); err != nil {
		t.Error(err)
	}
	w.Note(cluster.Entry{Run: "r1", Text: "line"})
	ctx, cancel = context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for there := false; !there && ctx.Err() == nil; {
		for e, err := range plane.Lines(ctx, "r1", "") {
			there = err == nil && e.Text == "line"
		}
		time.Sleep(20 * time.Millisecond)
	}
	if ctx.Err() != nil {
		t.Error("a worker's line does not come")
	}
}
