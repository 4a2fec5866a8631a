package control

import (
	"context"
	"time"

	"pairmill/cluster"
)

// mendEvery is how often the medium is looked after. A run whose jobs nobody can be given waits so long.
const mendEvery = 30 * time.Second

// mend has a queue that can do so put right what it has forgotten, and hand out what would lie in it for ever.
func (t *tender) mend(ctx context.Context) {
	q, ok := t.medium.Queue.(cluster.Mender)
	if !ok || !t.mended.IsZero() && time.Since(t.mended) < mendEvery {
		return
	}
	t.mended = time.Now()
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	adopted, err := q.Mend(ctx)
	for _, run := range adopted {
		t.log.Warn("the queue held jobs of a run that nobody had made known; they are handed out now", "run", run)
	}
	if err != nil && ctx.Err() == nil {
		t.log.Warn("mend the queue", "error", err)
	}
}
