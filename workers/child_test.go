package workers_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/cluster/mem"
	"pairmill/cluster/nats"
	"pairmill/internal/testutil"
	"pairmill/store"
	"pairmill/store/local"
	"pairmill/workers/workerstest"
)

// childEnv holds the order for a process that runs the pipeline and dies.
const childEnv = "PAIRMILL_TEST_CHILD"

// patience is how long a child waits for its own queue: a busy disk is no reason to fail.
const patience = time.Minute

// order is what a child process does: one run on a folder, as `pairmill run` does it.
type order struct {
	Dir     string // the store; the queue lies in it
	Spec    []byte
	Since   string
	Workers int
	Point   point         // where it kills itself; the zero point is nowhere
	Crash   string        // the same by crashpoint, in builds that have it
	Lease   time.Duration // of the queue
	Forget  bool          // begin with an empty queue
	Memory  bool          // the queue is in memory, and dies with the process
}

func TestMain(m *testing.M) {
	text := os.Getenv(childEnv)
	if text == "" {
		os.Exit(m.Run())
	}
	var o order
	err := json.Unmarshal([]byte(text), &o)
	if err == nil {
		err = o.run(context.Background())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run is the child's side.
func (o order) run(ctx context.Context) (err error) {
	files, err := local.New(o.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, files.Close()) }()
	q, closing, err := o.queue(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closing()) }()
	s := store.Store(files)
	if o.Point.Class != "" {
		s = &mortal{Store: files, point: o.Point, end: func() {
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
			select {} // the signal is on its way, and nothing may happen before it arrives
		}}
	}
	return workerstest.Pipeline{Store: s, Spec: o.Spec, Since: o.Since, Queue: q, Workers: o.Workers}.Drive(ctx)
}

// queue opens the queue, and says how to close it.
func (o order) queue(ctx context.Context) (q cluster.Queue, closing func() error, err error) {
	if o.Memory {
		q := mem.New(mem.Config{Lease: o.Lease})
		return q, q.Close, nil
	}
	dir := filepath.Join(o.Dir, ".nats")
	if o.Forget {
		if err := os.RemoveAll(dir); err != nil {
			return nil, nil, err
		}
	}
	server, err := nats.Start(ctx, nats.ServerConfig{Dir: dir})
	if err != nil {
		return nil, nil, err
	}
	if q, err = nats.Open(ctx, server.Conn(), nats.Config{Lease: o.Lease, Timeout: patience}); err != nil {
		return nil, nil, errors.Join(err, server.Close())
	}
	return q, func() error { return errors.Join(q.Close(), server.Close()) }, nil
}

// withoutRace skips a test whose work is done by children: they would be born hundreds of times with the race
// detector, which sees their races in this process as well. make test runs these tests in a pass of their own.
func withoutRace(t *testing.T) {
	t.Helper()
	if testutil.Raced {
		t.Skip("runs without the race detector: make test does so")
	}
}

// start starts a child. wait returns whether it was killed; any other bad end fails the test.
func (o order) start(t *testing.T) (kill func(), wait func() (killed bool)) {
	t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^$")
	cmd.Env = append(os.Environ(), childEnv+"="+string(text), "PAIRMILL_CRASH="+o.Crash)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() { cmd.Process.Kill() }, func() bool {
		err := cmd.Wait()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() && status.Signal() == syscall.SIGKILL {
				return true
			}
		}
		if err != nil {
			t.Fatalf("child: %v\n%s", err, said.Bytes())
		}
		return false
	}
}

// finish runs a child to its end.
func (o order) finish(t *testing.T) {
	t.Helper()
	if _, wait := o.start(t); wait() {
		t.Fatal("a child was killed that should have ended")
	}
}

// openLocal opens what children left.
func openLocal(t *testing.T, dir string) *local.Store {
	t.Helper()
	s, err := local.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}
