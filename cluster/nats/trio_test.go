package nats

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"pairmill/cluster"
)

// trio is a NATS cluster of three servers, one of which may be shut down.
type trio struct {
	servers []*server.Server
	options []*server.Options
}

func startTrio(t *testing.T) *trio {
	t.Helper()
	c := &trio{}
	var routes []*url.URL
	var ports []int
	for range 3 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
		routes = append(routes, &url.URL{Scheme: "nats", Host: l.Addr().String()})
		_ = l.Close()
	}
	for i, port := range ports {
		c.options = append(c.options, &server.Options{
			ServerName: fmt.Sprint("n", i), Host: "127.0.0.1", Port: server.RANDOM_PORT, NoSigs: true, NoLog: true,
			JetStream: true, StoreDir: t.TempDir(), SyncAlways: true, Routes: routes,
			Cluster: server.ClusterOpts{Name: "trio", Host: "127.0.0.1", Port: port},
		})
		c.servers = append(c.servers, c.start(t, i))
	}
	t.Cleanup(func() {
		for _, s := range c.servers {
			stop(s)
		}
	})
	eventually(t, "the leader knows three servers with room for replicas", func() bool {
		return slices.ContainsFunc(c.servers, func(s *server.Server) bool { return len(s.JetStreamClusterPeers()) == 3 })
	})
	return c
}

func (c *trio) start(t *testing.T, i int) *server.Server {
	t.Helper()
	s, err := server.NewServer(c.options[i])
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(20 * time.Second) {
		t.Fatal("a server does not come up")
	}
	return s
}

func (c *trio) urls() string {
	var list []string
	for _, s := range c.servers {
		list = append(list, s.ClientURL())
	}
	return strings.Join(list, ",")
}

// stopLeader shuts down the server that leads a stream.
func (c *trio) stopLeader(t *testing.T, q *Queue, stream string) {
	t.Helper()
	s, err := q.js.Stream(t.Context(), stream)
	if err != nil {
		t.Fatal(err)
	}
	for _, s2 := range c.servers {
		if s2.Name() == s.CachedInfo().Cluster.Leader {
			stop(s2)
			return
		}
	}
	t.Fatalf("stream %s is led by %q", stream, s.CachedInfo().Cluster.Leader)
}

// TestMediumOnThreeServers: when the server dies that leads everything, no lock moves, ticks go on, what was remembered is
// there, and calls are answered.
func TestMediumOnThreeServers(t *testing.T) {
	t.Parallel()
	c := startTrio(t)
	open := func() *Medium {
		cfg := Config{Replicas: 3, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
		q, err := Open(t.Context(), Connect(c.urls()), cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = q.Close() })
		return q.Medium()
	}
	a, b := open(), open()
	lock, err := a.Lock(t.Context(), "leader", "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Remember(t.Context(), "pace-1", "x", []byte("1"), time.Minute); err != nil {
		t.Fatal(err)
	}
	setOften(t, a, "often")
	a.Note(cluster.Entry{Run: "r1", Text: "before"})
	ticks := make(chan cluster.Tick)
	go func() {
		defer close(ticks)
		for {
			tick, err := b.NextTick(t.Context())
			if err != nil {
				return
			}
			if err := tick.Ack(t.Context()); err != nil {
				return
			}
			select {
			case ticks <- tick:
			case <-t.Context().Done():
				return
			}
		}
	}()
	last := (<-ticks).At()

	stopped := time.Now()
	c.stopLeader(t, a.q, "KV_"+lockBucket)
	if err := b.Remember(t.Context(), "pace-1", "y", []byte("2"), time.Minute); err != nil {
		t.Fatal(err)
	}
	t.Logf("a write went through %v after the leader was stopped", time.Since(stopped))
	count := 0
	for m, err := range b.Recall(t.Context(), "pace-1") {
		if err != nil || string(m.Value) == "" {
			t.Errorf("recalled %+v, %v", m, err)
		}
		count++
	}
	if count != 2 {
		t.Errorf("%d memos, want 2", count)
	}
	a.Note(cluster.Entry{Run: "r1", Text: "after"})
	for deadline := time.After(cluster.LockTTL + 4*time.Second); ; {
		select {
		case tick := <-ticks:
			if !tick.At().After(last) {
				t.Errorf("tick of %v after one of %v", tick.At(), last)
			}
			last = tick.At()
			continue
		case <-lock.Lost():
			t.Fatal("the lock moved with a server")
		case <-deadline:
		}
		break
	}
	if behind := time.Since(last); behind > 5*time.Second {
		t.Errorf("the last tick is of %v ago", behind)
	}
	if value, ok, err := b.Holder(t.Context(), "leader"); value != "a" || !ok || err != nil {
		t.Errorf("Holder: %q, %v, %v", value, ok, err)
	}
	var lines []string
	for e, err := range b.Lines(t.Context(), "r1", "") {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, e.Text)
	}
	if len(lines) < 2 || lines[0] != "before" || lines[len(lines)-1] != "after" {
		t.Errorf("lines %q", lines)
	}
}
