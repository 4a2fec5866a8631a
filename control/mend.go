package control

import (
	"context"
	"time"

	"pairmill/cluster"
)

// mendEvery is how often the medium is looked after. A run whose jobs nobody can be given waits so long.
const mendEvery = 30 * time.Second

// mend has a queue that can do so put right what it has forgotten, and hand out what would lie in it for ever: now and then,
// and after a look at which the queue failed. When it had lost messages, every run is derived at this look, not in its turn.
func (t *tender) mend(ctx context.Context) {
	q, ok := t.medium.Queue.(cluster.Mender)
	if !ok || !t.failed.Swap(false) && !t.mended.IsZero() && time.Since(t.mended) < mendEvery {
		return
	}
	t.mended = time.Now()
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	m, err := q.Mend(ctx)
	t.tellMended(m)
	if len(m.Streams) > 0 {
		for _, r := range t.tended {
			r.share = nil
			r.derived.anew()
		}
	}
	if err != nil && ctx.Err() == nil && t.unmade.due(err) {
		t.log.Warn("mend the queue", "error", err)
	}
}

// tellMended logs what was put right.
func (c *Control) tellMended(m cluster.Mended) {
	if len(m.Streams)+len(m.Consumers) > 0 {
		c.log.Warn("the queue had lost what is made again now, empty", "streams", m.Streams, "consumers", len(m.Consumers))
	}
	for _, run := range m.Adopted {
		c.log.Warn("the queue held jobs of a run that nobody had made known; they are handed out now", "run", run)
	}
}
