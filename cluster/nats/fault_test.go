package nats

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	natsio "github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"
	"go.uber.org/goleak"

	"pairmill/cluster"
	"pairmill/schemas"
)

const victimFolder = "PAIRMILL_TEST_VICTIM_FOLDER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimFolder); dir != "" {
		victim(dir)
		return
	}
	if config := os.Getenv(serverConfig); config != "" {
		serve(config)
		return
	}
	if url := os.Getenv(sleeperURL); url != "" {
		sleeper(url)
		return
	}
	flag.Parse()
	_ = flag.Set("test.parallel", "8") // the tests wait, for leases and for the disk, more than they compute
	goleak.VerifyTestMain(m)
}

const victimJobs = 1500

// victim is a process that is killed: it queues jobs, acks one, holds another, and waits for its end.
func victim(dir string) {
	ctx := context.Background()
	s, err := Start(ctx, ServerConfig{Dir: dir})
	if err == nil {
		var q *Queue
		if q, err = Open(ctx, s.Conn(), Config{Lease: lease}); err == nil {
			err = occupy(ctx, q)
		}
	}
	fmt.Println("ready", err)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func occupy(ctx context.Context, q *Queue) error {
	var jobs []schemas.Job
	for i := range victimJobs {
		jobs = append(jobs, testJob(fmt.Sprint(i)))
	}
	if err := q.Push(ctx, jobs...); err != nil {
		return err
	}
	d, err := q.Pull(ctx, schemas.StageFetch)
	if err != nil {
		return err
	}
	if err := d.Ack(ctx); err != nil {
		return err
	}
	_, err = q.Pull(ctx, schemas.StageFetch)
	return err
}

// TestKill: a killed process loses no job that was pushed, none that it held, and nothing that it acked comes back.
func TestKill(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimFolder+"="+dir)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stdin.Close() }()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	word := make([]byte, len("ready <nil>"))
	_, err = io.ReadFull(out, word)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if err != nil || string(word) != "ready <nil>" {
		t.Fatalf("the victim said %q, %v", word, err)
	}

	q := openQueue(t, startServer(t, ServerConfig{Dir: dir}).Conn())
	if n, err := q.Pending(t.Context(), "r1", schemas.StageFetch); n != victimJobs-1 || err != nil {
		t.Fatalf("%d jobs pending, %v", n, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		d, err := q.Pull(ctx, schemas.StageFetch)
		if err != nil {
			t.Fatalf("the job that the victim held does not come back: %v", err)
		}
		if d.Job() == testJob("0") {
			t.Fatal("an acked job came back")
		}
		if d.Job() == testJob("1") {
			return
		}
		if err := d.Ack(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// TestServerAway: while the server is away, calls wait and the log stays quiet; when it is back, they succeed.
func TestServerAway(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, ServerConfig{Dir: dir, Listen: "127.0.0.1:0"})
	url := s.URL()
	var lines counter
	q, err := Open(t.Context(), Connect(url), Config{Log: slog.New(slog.NewTextHandler(&lines, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = q.Close() }()
	if err := q.Push(t.Context(), testJob("a")); err != nil {
		t.Fatal(err)
	}
	held, err := q.Pull(t.Context(), schemas.StageFetch)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := q.Push(short, testJob("b")); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Push while the server is away: %v", err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := held.Ack(t.Context()); err != nil {
			t.Errorf("Ack: %v", err)
		}
	})
	wg.Go(func() {
		if err := q.Push(t.Context(), testJob("c")); err != nil {
			t.Errorf("Push: %v", err)
		}
	})
	for range 20 {
		wg.Go(func() { // twenty idle workers
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			if _, err := q.Pull(ctx, schemas.StageEmbed); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("idle Pull: %v", err)
			}
		})
	}
	<-short.Done()
	startServer(t, ServerConfig{Dir: dir, Listen: strings.TrimPrefix(url, "nats://")})
	d, err := q.Pull(t.Context(), schemas.StageFetch)
	if err != nil || d.Job() != testJob("c") {
		t.Fatalf("Pull: %+v, %v", d, err)
	}
	wg.Wait()
	if n, most := lines.count(), int(time.Since(start).Seconds())+2; n == 0 || n > most {
		t.Errorf("%d log lines, want 1 to %d", n, most)
	}
	if n, err := q.Pending(t.Context(), "r1", schemas.StageFetch); n != 1 || err != nil {
		t.Errorf("%d jobs pending, %v; want the held one acked and one in work", n, err)
	}
}

// counter counts lines.
type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n += bytes.Count(p, []byte("\n"))
	return len(p), nil
}

func (c *counter) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n
}

func TestThrottleKeepsCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		log := &throttle{log: slog.New(slog.NewTextHandler(&out, nil))}
		for range 31 { // one every 100 ms: at 0, 1, 2 and 3 s
			log.warn("away", cluster.ErrClosed)
			time.Sleep(100 * time.Millisecond)
		}
		if n := strings.Count(out.String(), "\n"); n != 4 || strings.Count(out.String(), "not_logged=9") != 3 {
			t.Errorf("logged:\n%s", out.String())
		}
	})
}

func TestPassing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want bool
	}{
		{context.DeadlineExceeded, true},
		{natsio.ErrNoResponders, true},
		{&jetstream.APIError{Code: 404, ErrorCode: jetstream.JSErrCodeStreamNotFound}, true},
		{natsio.ErrReconnectBufExceeded, true},
		{jetstreamext.ErrAtomicPublishTooManyInflight, true},
		{&jetstream.APIError{Code: 503, ErrorCode: 10077, Description: "no space left on device"}, true},
		{&jetstream.APIError{Code: 503, ErrorCode: 10077, Description: "maximum messages per subject exceeded"}, false},
		{jetstreamext.ErrBatchPublishExceedsLimit, false},
		{natsio.ErrMaxPayload, false},
		{cluster.ErrLeaseLost, false},
	} {
		if got := passing(fmt.Errorf("push: %w", c.err)); got != c.want {
			t.Errorf("passing(%v) = %v", c.err, got)
		}
	}
}

// TestCheck: what stores is well, also for a worker; a server that does not answer is told by the second time, and one that
// refuses for want of room at once.
func TestCheck(t *testing.T) {
	t.Parallel()
	q := openQueue(t, startServer(t, ServerConfig{}).Conn())
	for range 3 {
		if err := q.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	q.cfg.Timeout = time.Nanosecond
	if err := q.Check(t.Context()); err == nil || errors.Is(err, errStuck) {
		t.Errorf("no answer once: %v", err)
	}
	if err := q.Check(t.Context()); !errors.Is(err, errStuck) {
		t.Errorf("no answer twice: %v", err)
	}
	q.cfg.Timeout = 5 * time.Second
	if err := q.Check(t.Context()); err != nil {
		t.Errorf("an answer again: %v", err)
	}
	for text, want := range map[string]bool{
		"write /x/1.blk: no space left on device": true, "insufficient storage resources available": true, "stream not found": false,
	} {
		if err := explained(fmt.Errorf("store: %w", &jetstream.APIError{Code: 500, Description: text})); errors.Is(err, errNoRoom) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestStuckServerIsNamed: a server whose disk is full goes silent, and somebody has to be told what to do.
func TestStuckServerIsNamed(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	q := openQueue(t, startServer(t, ServerConfig{}).Conn())
	q.log = &throttle{log: slog.New(slog.NewTextHandler(&out, nil))}
	if err := q.endure(t.Context(), stuckAfter, fmt.Errorf("push: %w", context.DeadlineExceeded)); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "disk may be full") {
		t.Errorf("logged %q", out.String())
	}
}
