package nats

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"pairmill/cluster"
)

// sleeperURL makes the test binary the holder of a lock that is suspended.
const sleeperURL = "PAIRMILL_TEST_SLEEPER_URL"

// sleeper holds a lock and says every few milliseconds whether it does, until its standard input ends.
func sleeper(url string) {
	q, err := Open(context.Background(), Connect(url), Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	l, err := q.Medium().Lock(context.Background(), "leader", "sleeper")
	if err != nil {
		fmt.Println(err)
		return
	}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for {
		fmt.Println(l.Held())
		time.Sleep(5 * time.Millisecond)
	}
}

// TestLockOfASuspendedHolder: a process that was stopped for longer than its lock lives learns it from the clock.
func TestLockOfASuspendedHolder(t *testing.T) {
	t.Parallel()
	s := startServer(t, ServerConfig{Listen: "127.0.0.1:0"})
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), sleeperURL+"="+s.URL())
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = stdin.Close()
		_ = cmd.Wait()
	}()
	lines := bufio.NewScanner(out)
	if !lines.Scan() || lines.Text() != "true" {
		t.Fatalf("the holder said %q", lines.Text())
	}
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	p := joinServer(t, s.URL())
	l, err := p.Lock(t.Context(), "leader", "test")
	if err != nil {
		t.Fatal(err)
	}
	said := make(chan string)
	go func() {
		defer close(said)
		for lines.Scan() {
			said <- lines.Text()
		}
	}()
	for draining := true; draining; { // what it said before it was stopped
		select {
		case <-said:
		case <-time.After(300 * time.Millisecond):
			draining = false
		}
	}
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	for i := range 5 { // the first may have been decided before the stop
		if word := <-said; i > 0 && word != "false" {
			t.Errorf("after the stop the former holder says %s", word)
		}
	}
	if !l.Held() {
		t.Error("the new holder has lost the lock")
	}
	_ = cmd.Process.Kill()
	for range said {
	}
}

// TestLockOfALostBucket: a server that loses its disk has no locks, and holders are told at their next renewal.
func TestLockOfALostBucket(t *testing.T) {
	t.Parallel()
	url := startServer(t, ServerConfig{Listen: "127.0.0.1:0"}).URL()
	a, b := joinServer(t, url), joinServer(t, url)
	first, err := a.Lock(t.Context(), "leader", "a")
	if err != nil {
		t.Fatal(err)
	}
	if err := a.q.js.DeleteStream(t.Context(), "KV_"+lockBucket); err != nil {
		t.Fatal(err)
	}
	select {
	case <-first.Lost():
	case <-time.After(cluster.LockTTL - cluster.LockMargin - time.Second):
		t.Error("the holder is not told")
	}
	second, err := b.Lock(t.Context(), "leader", "b")
	if err != nil || !second.Held() {
		t.Fatalf("Lock in a new bucket: %v", err)
	}
}

// TestLockOfAnotherProgram: what the nats tool writes or deletes is believed.
func TestLockOfAnotherProgram(t *testing.T) {
	t.Parallel()
	p := joinServer(t, startServer(t, ServerConfig{Listen: "127.0.0.1:0"}).URL())
	l, err := p.Lock(t.Context(), "leader", "a")
	if err != nil {
		t.Fatal(err)
	}
	kv, err := p.q.js.KeyValue(t.Context(), lockBucket)
	if err != nil {
		t.Fatal(err)
	}
	entry, err := kv.Get(t.Context(), "leader")
	if err != nil || string(entry.Value()) != "a" || entry.Revision() < l.Epoch() {
		t.Fatalf("the bucket holds %v, %v", entry, err)
	}
	if err := kv.Delete(t.Context(), "leader"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-l.Lost():
	case <-time.After(2 * lockRenew):
		t.Error("the holder of a deleted lock is not told")
	}
	if _, err := kv.Create(t.Context(), "leader", []byte("somebody")); err != nil {
		t.Fatal(err)
	}
	if value, ok, err := p.Holder(t.Context(), "leader"); !ok || value != "somebody" || err != nil {
		t.Errorf("Holder: %q, %v, %v", value, ok, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := p.Lock(ctx, "leader", "a"); err == nil {
		t.Error("took a lock that another program holds for ever")
	}
}

// TestMediumExplainsItself: whoever looks with the plain nats tool sees what is what.
func TestMediumExplainsItself(t *testing.T) {
	t.Parallel()
	p := joinServer(t, startServer(t, ServerConfig{Listen: "127.0.0.1:0"}).URL())
	for _, c := range p.q.shared() {
		if _, err := p.q.js.CreateOrUpdateStream(t.Context(), c); err != nil {
			t.Fatalf("%s: %v", c.Name, err)
		}
		if !strings.HasPrefix(c.Description, "pairmill: ") {
			t.Errorf("stream %s is described as %q", c.Name, c.Description)
		}
	}
}
