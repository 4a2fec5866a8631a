package imaging

import (
	"context"
	"runtime"

	"golang.org/x/sync/semaphore"
)

// collectFrom is the size of a picture whose memory is collected before others may have it: 32 MB, which take long enough
// to decode that a collection does not show beside them. Smaller ones are left to the collector's own pace.
const collectFrom = 32 << 20

// gate bounds the bytes of decoded pictures that exist at a time.
type gate struct {
	size int64
	sem  *semaphore.Weighted
}

func newGate(size int64) *gate { return &gate{size: size, sem: semaphore.NewWeighted(size)} }

// enter waits until bytes fit and returns the call that gives them back. A picture larger than the whole gate is let in
// alone. The wait ends because every holder only computes.
func (g *gate) enter(bytes int64) (leave func(), err error) {
	bytes = min(bytes, g.size)
	if err := g.sem.Acquire(context.Background(), bytes); err != nil {
		return nil, err
	}
	return func() {
		if bytes >= collectFrom {
			runtime.GC()
		}
		g.sem.Release(bytes)
	}, nil
}
