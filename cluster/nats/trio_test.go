package nats

import (
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"pairmill/cluster"
)

// trio is a NATS cluster of three servers, any of which may be shut down and started again. Each of its accounts is a
// world of its own.
type trio struct {
	servers []*server.Server
	options []*server.Options

	mu    sync.Mutex // guards taken
	taken int        // accounts
}

// trioAccounts is how many accounts a trio has.
const trioAccounts = 48

// accountsConfig is the accounts in the servers' configuration language. Whoever says nothing of himself is in the first.
func accountsConfig() string {
	var s strings.Builder
	s.WriteString("no_auth_user: u0\naccounts {\n")
	for i := range trioAccounts {
		fmt.Fprintf(&s, "  A%d { jetstream: enabled, users: [{user: u%d, password: p%d}] }\n", i, i, i)
	}
	s.WriteString("}\n")
	return s.String()
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
		o := &server.Options{}
		if err := o.ProcessConfigString(accountsConfig()); err != nil {
			t.Fatal(err)
		}
		o.ServerName, o.Host, o.Port, o.NoSigs, o.NoLog = fmt.Sprint("n", i), "127.0.0.1", server.RANDOM_PORT, true, true
		o.JetStream, o.StoreDir, o.SyncAlways, o.Routes = true, t.TempDir(), true, routes
		o.Cluster = server.ClusterOpts{Name: "trio", Host: "127.0.0.1", Port: port}
		c.options = append(c.options, o)
		c.servers = append(c.servers, c.start(t, i))
	}
	t.Cleanup(func() {
		var all sync.WaitGroup
		for _, s := range c.servers {
			all.Go(func() { stop(s) }) // side by side: what is left of them would elect leaders
		}
		all.Wait()
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

// urls reaches the servers as somebody of the first account.
func (c *trio) urls() string { return c.as("") }

// account reaches the servers as somebody of an account that no other has had.
func (c *trio) account(t *testing.T) (urls string) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken++
	if c.taken >= trioAccounts {
		t.Fatal("more accounts are wanted than the servers have")
	}
	return c.as(fmt.Sprintf("u%d:p%d@", c.taken, c.taken))
}

func (c *trio) as(user string) string {
	var list []string
	for _, s := range c.servers {
		list = append(list, strings.Replace(s.ClientURL(), "nats://", "nats://"+user, 1))
	}
	return strings.Join(list, ",")
}

// restart ends all servers and starts them again where they were.
func (c *trio) restart(t *testing.T) {
	t.Helper()
	for i, s := range c.servers {
		c.options[i].Port = s.Addr().(*net.TCPAddr).Port
		stop(s)
	}
	for i := range c.servers {
		c.servers[i] = c.start(t, i)
	}
	eventually(t, "the servers agree on a leader again", func() bool {
		return slices.ContainsFunc(c.servers, func(s *server.Server) bool { return len(s.JetStreamClusterPeers()) == 3 })
	})
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
		cfg := Config{Replicas: 3, Timeout: 20 * time.Second, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
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
