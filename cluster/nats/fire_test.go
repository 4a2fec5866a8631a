package nats

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"pairmill/schemas"
)

// serverConfig makes the test binary a nats-server that is configured by this file.
const serverConfig = "PAIRMILL_TEST_SERVER_CONFIG"

// serve is a nats-server until its standard input ends.
func serve(config string) {
	o := &server.Options{}
	err := o.ProcessConfigFile(config)
	if err == nil {
		o.NoLog, o.NoSigs = true, true
		var s *server.Server
		if s, err = server.NewServer(o); err == nil {
			go s.Start()
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// battery is a NATS cluster of three processes that may be killed.
type battery struct {
	configs []string
	urls    []string
	running []*exec.Cmd
}

func startBattery(t *testing.T) *battery {
	t.Helper()
	b := &battery{running: make([]*exec.Cmd, 3)}
	var ports []int // of clients, and then of routes
	for range 6 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }() // until all are chosen
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	for i := range 3 {
		dir := t.TempDir()
		b.configs = append(b.configs, filepath.Join(dir, "nats.conf"))
		b.urls = append(b.urls, fmt.Sprintf("nats://127.0.0.1:%d", ports[i]))
		text := fmt.Sprintf(`
			server_name: n%d
			listen: "127.0.0.1:%d"
			jetstream { store_dir: %q, sync_interval: always }
			cluster { name: battery, listen: "127.0.0.1:%d", routes: ["nats://127.0.0.1:%d", "nats://127.0.0.1:%d", "nats://127.0.0.1:%d"] }
		`, i, ports[i], dir, ports[3+i], ports[3], ports[4], ports[5])
		if err := os.WriteFile(b.configs[i], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		for i := range b.running {
			b.kill(i)
		}
	})
	return b
}

// start starts one of the servers, or starts it again.
func (b *battery) start(t *testing.T, i int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serverConfig+"="+b.configs[i])
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = stdin // held open as long as the process runs
	b.running[i] = cmd
}

// kill ends a server as the kernel does, without a word.
func (b *battery) kill(i int) {
	if cmd := b.running[i]; cmd != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		b.running[i] = nil
	}
}

func (b *battery) open(t *testing.T) *Queue {
	t.Helper()
	var q *Queue
	eventually(t, "the servers let a queue be opened", func() bool {
		var err error
		q, err = Open(t.Context(), Connect(strings.Join(b.urls, ",")), Config{
			Lease: fireLease, Replicas: 3, Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
		})
		return err == nil
	})
	t.Cleanup(func() { _ = q.Close() })
	return q
}

// fireLease outlasts an election, so that no job comes again because its holder could not be heard.
const fireLease = 20 * time.Second

// book is what the clients of a battery know of their jobs.
type book struct {
	mu     sync.Mutex
	pushed map[string]bool // Push has returned nil
	acked  map[string]int  // Ack has returned nil, so often
	unsure map[string]bool // Ack has returned an error, and may have been heard
	back   []string        // delivered although they were acked
	last   time.Time       // of the latest Ack
	gap    time.Duration   // the longest time between two
}

func (b *book) push(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pushed[name] = true
}

func (b *book) pull(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.acked[name] > 0 {
		b.back = append(b.back, name)
	}
}

func (b *book) ack(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acked[name]++
	if !b.last.IsZero() {
		b.gap = max(b.gap, time.Since(b.last))
	}
	b.last = time.Now()
}

func (b *book) doubt(name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unsure[name] = true
}

// state is how many jobs have been pushed, and how many of them are not acked.
func (b *book) state() (pushed, open int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name := range b.pushed {
		if b.acked[name] == 0 && !b.unsure[name] {
			open++
		}
	}
	return len(b.pushed), open
}

// longest returns the longest time without an Ack since it was asked last.
func (b *book) longest() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	gap := b.gap
	b.gap = 0
	return gap
}

// TestServersKilledUnderLoad: the servers that lead the stream and the consumer are killed while jobs are pushed, pulled
// and acked, and start again. No job is lost, and none comes back that was acked.
func TestServersKilledUnderLoad(t *testing.T) {
	t.Parallel()
	leaders := []string{"stream"}
	if faults() {
		leaders = slices.Repeat([]string{"stream", "consumer"}, 5)
	}
	b := startBattery(t)
	for i := range 3 {
		b.start(t, i)
	}
	producer, worker := b.open(t), b.open(t)
	bk := &book{pushed: map[string]bool{}, acked: map[string]int{}, unsure: map[string]bool{}}
	produce, stopProducing := context.WithCancel(t.Context())
	work, stopWorking := context.WithCancel(t.Context())
	defer stopWorking()
	defer stopProducing()
	var producing, working sync.WaitGroup
	producing.Go(func() { fire(t, produce, producer, bk) })
	for range 4 {
		working.Go(func() { burn(t, work, worker, bk) })
	}
	for _, leads := range leaders {
		time.Sleep(2 * time.Second)
		bk.longest()
		i := b.leader(t, producer, leads)
		b.kill(i)
		before, _ := bk.state()
		eventually(t, "work goes on with two servers", func() bool {
			now, open := bk.state()
			return now > before+50 && open < 20
		})
		t.Logf("the %s's leader killed: the longest time without an ack was %v", leads, bk.longest().Round(time.Millisecond))
		b.start(t, i)
		b.whole(t, producer)
	}
	stopProducing()
	producing.Wait()
	eventually(t, "every job is acked", func() bool { _, open := bk.state(); return open == 0 })
	for _, run := range []string{"r1", "r2"} {
		eventually(t, "nothing is queued", func() bool {
			n, err := producer.Pending(t.Context(), run, schemas.StageFetch)
			return n == 0 && err == nil
		})
	}
	stopWorking()
	working.Wait()
	pushed, _ := bk.state()
	for name, n := range bk.acked {
		if n != 1 {
			t.Errorf("job %s was acked %d times", name, n)
		}
	}
	for name := range bk.unsure {
		if bk.acked[name] == 0 {
			bk.acked[name] = 1 // nothing is queued any more, so it was heard
		}
	}
	if len(bk.back) > 0 || len(bk.acked) != pushed {
		t.Errorf("%d jobs pushed, %d acked; came back although they were acked: %v", pushed, len(bk.acked), bk.back)
	}
	if len(bk.unsure) > pushed/100 {
		t.Errorf("%d acks of %d jobs failed", len(bk.unsure), pushed)
	}
	t.Logf("%d jobs, none lost, none acked twice, %d acks that were not confirmed", pushed, len(bk.unsure))
}

// fire pushes jobs of two runs, one by one and in batches, until ctx ends.
func fire(t *testing.T, ctx context.Context, q *Queue, bk *book) {
	for n := 0; ctx.Err() == nil; {
		size := 1
		if n%100 == 0 {
			size = minBatch
		}
		var jobs []schemas.Job
		for range size {
			jobs = append(jobs, jobOf(fmt.Sprint("r", 1+n%2), fmt.Sprintf("%06d", n)))
			n++
		}
		// Not by ctx: a Push that was cut off may have added its jobs or not.
		if err := q.Push(t.Context(), jobs...); err != nil {
			t.Errorf("Push: %v", err)
			return
		}
		for _, j := range jobs {
			bk.push(j.Name)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// burn pulls and acks jobs until ctx ends.
func burn(t *testing.T, ctx context.Context, q *Queue, bk *book) {
	for {
		d, err := q.Pull(ctx, schemas.StageFetch)
		if err != nil {
			if ctx.Err() == nil {
				t.Errorf("Pull: %v", err)
			}
			return
		}
		bk.pull(d.Job().Name)
		if err := d.Ack(t.Context()); err != nil { // its lease has run out meanwhile
			t.Logf("Ack: %v", err)
			bk.doubt(d.Job().Name)
			continue
		}
		bk.ack(d.Job().Name)
	}
}

// leader is the number of the server that leads the stream of fetch jobs, or the consumer of a run.
func (b *battery) leader(t *testing.T, q *Queue, what string) (i int) {
	t.Helper()
	eventually(t, "the "+what+" has a leader", func() bool {
		var name string
		if s, err := q.js.Stream(t.Context(), streamOf(schemas.StageFetch)); err == nil && what == "stream" {
			name = s.CachedInfo().Cluster.Leader
		} else if c, err := q.js.Consumer(t.Context(), streamOf(schemas.StageFetch), "r1"); err == nil {
			name = c.CachedInfo().Cluster.Leader
		}
		_, err := fmt.Sscanf(name, "n%d", &i)
		return err == nil
	})
	return i
}

// whole waits until all servers have all of the stream again.
func (b *battery) whole(t *testing.T, q *Queue) {
	t.Helper()
	eventually(t, "three servers have the stream", func() bool {
		s, err := q.js.Stream(t.Context(), streamOf(schemas.StageFetch))
		if err != nil || len(s.CachedInfo().Cluster.Replicas) != 2 {
			return false
		}
		for _, r := range s.CachedInfo().Cluster.Replicas {
			if !r.Current || r.Offline {
				return false
			}
		}
		return true
	})
}

// faults tells whether the long tests of what fails are wanted (make test-faults).
func faults() bool { return os.Getenv("PAIRMILL_TEST_FAULTS") != "" }
