package control

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"pairmill/cluster"
	"pairmill/internal/testutil"
)

// mending is a queue that has something to put right.
type mending struct {
	Queue
	mu    sync.Mutex
	calls int
}

func (m *mending) Mend(context.Context) (cluster.Mended, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.calls++; m.calls == 1 {
		return cluster.Mended{Adopted: []string{"stray"}}, errors.New("a stream is slow")
	}
	return cluster.Mended{}, nil
}

var _ cluster.Mender = (*mending)(nil)

// TestLeaderMendsTheQueue: now and then, only the leader, and what goes wrong with it holds up no run.
func TestLeaderMendsTheQueue(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		m := &mending{Queue: w.queue}
		w.wrap = m
		var said testutil.Said
		first := w.loggedPlane(&said)
		w.loggedPlane(&said)
		w.hand(WorkerConfig{})
		run := w.submit(first, "a")
		w.await(first, run, "done")
		time.Sleep(5*time.Minute + time.Second)
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.calls < 8 || m.calls > 12 {
			t.Errorf("mended %d times in five minutes", m.calls)
		}
		if text := said.String(); !strings.Contains(text, "run=stray") || !strings.Contains(text, "a stream is slow") {
			t.Errorf("logged %s", text)
		}
	})
}
