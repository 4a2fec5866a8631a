package nats

import (
	"context"
	"testing"
	"time"

	"pairmill/schemas"
)

// A process that stops hands its jobs back and takes its server with it. Whoever goes on there gets them at once, not when
// the lease would have ended, and they have not been counted.
func TestWhatIsHandedBackOutlivesTheServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for round := range 3 {
		s := startServer(t, ServerConfig{Dir: dir})
		q, err := Open(t.Context(), s.Conn(), Config{Lease: time.Minute, Embedded: true})
		if err != nil {
			t.Fatal(err)
		}
		if round == 0 {
			if err := q.Push(t.Context(), testJob("a")); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		d, err := q.Pull(ctx, schemas.StageFetch)
		cancel()
		if err != nil || d.Job() != testJob("a") || d.Attempt() != 1 {
			t.Fatalf("round %d: %+v, %v; want the job again, long before its lease of a minute ends", round, d, err)
		}
		if err := d.Return(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
