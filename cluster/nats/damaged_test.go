package nats

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/schemas"
)

// flip changes a bit of the message in the middle of what a server keeps of a stream, while it is down.
func flip(t *testing.T, dir, stream string) {
	t.Helper()
	blocks, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", stream, "msgs", "*.blk"))
	if err != nil || len(blocks) != 1 {
		t.Fatalf("stream %s has blocks %q, %v", stream, blocks, err)
	}
	data, err := os.ReadFile(blocks[0])
	if err != nil || len(data) < 20 {
		t.Fatalf("%d bytes in %s, %v", len(data), blocks[0], err)
	}
	if i := strings.LastIndex(string(data), "g0_fetch-c"); i >= 0 {
		data[i+20] ^= 0x10 // within the body of job c
	} else {
		data[len(data)-20] ^= 0x10
	}
	if err := os.WriteFile(blocks[0], data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDamagedStreams: a stream with a message that cannot be read is found and made again, by a process that was there before
// as by one that comes, and what it held can be pushed again and is handed out.
func TestDamagedStreams(t *testing.T) {
	t.Parallel()
	for _, stream := range []string{"PAIRMILL_FETCH", runsStream, "KV_" + lockBucket} {
		for _, comes := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/comes=%v", stream, comes), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				s := startServer(t, ServerConfig{Dir: dir, Listen: "127.0.0.1:0"})
				address := strings.TrimPrefix(s.URL(), "nats://")
				open := func() *Queue {
					cfg := Config{Lease: lease, Timeout: time.Second, Log: slog.New(slog.NewTextHandler(t.Output(), nil))}
					q, err := Open(t.Context(), Connect("nats://"+address), cfg)
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { _ = q.Close() })
					return q
				}
				q := open()
				jobs := []schemas.Job{testJob("a"), testJob("b"), testJob("c"), testJob("d"), testJob("e")}
				push(t, q, jobs...)
				lock := stream == "KV_"+lockBucket
				if lock {
					dead := open() // whoever held it is gone
					if _, err := dead.Medium().Lock(t.Context(), "leader", "x"); err != nil {
						t.Fatal(err)
					}
					dead.nc.Close()
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
				flip(t, dir, stream)
				startServer(t, ServerConfig{Dir: dir, Listen: address})
				if comes {
					q = open()
				} else {
					eventually(t, "the client is back", q.nc.IsConnected)
				}
				if lock {
					ctx, cancel := context.WithTimeout(t.Context(), 3*cluster.LockTTL)
					defer cancel()
					if _, err := q.Medium().Lock(ctx, "leader", "y"); err != nil {
						t.Errorf("the lock: %v", err)
					}
				}
				got := map[string]bool{}
				for end := time.Now().Add(20 * time.Second); len(got) < len(jobs) && time.Now().Before(end); {
					short, cancel := context.WithTimeout(t.Context(), time.Second)
					push(t, q, slices.DeleteFunc(slices.Clone(jobs), func(j schemas.Job) bool { return got[j.Name] })...)
					if d, err := q.Pull(short, schemas.StageFetch); err == nil {
						if err := d.Ack(t.Context()); err != nil {
							t.Fatal(err)
						}
						got[d.Job().Name] = true
					} else if m, err := q.Mend(t.Context()); err != nil || !comes && stream == "PAIRMILL_FETCH" && !slices.Equal(m.Streams, []string{stream}) {
						t.Errorf("mended %+v, %v", m, err)
					}
					cancel()
				}
				if len(got) != len(jobs) {
					t.Errorf("handed out %v", got)
				}
				wantQueued(t, q, 0)
			})
		}
	}
}
