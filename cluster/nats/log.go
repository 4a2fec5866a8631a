package nats

import (
	"log/slog"
	"sync"
	"time"
)

// throttle logs at most one line a second and counts what it kept back.
type throttle struct {
	log *slog.Logger

	mu   sync.Mutex // guards what follows
	last time.Time
	kept int
}

func (t *throttle) warn(msg string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := time.Now()
	if !t.last.IsZero() && now.Sub(t.last) < time.Second {
		t.kept++
		return
	}
	attrs := []any{"error", err}
	if t.kept > 0 {
		attrs = append(attrs, "not_logged", t.kept)
	}
	t.log.Warn(msg, attrs...)
	t.last, t.kept = now, 0
}
