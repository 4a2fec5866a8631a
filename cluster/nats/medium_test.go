package nats

import (
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
