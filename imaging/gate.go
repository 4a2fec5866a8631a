package imaging

import (
	"context"
	"runtime"

	"golang.org/x/sync/semaphore"
)

// holding is the worst case of what one picture holds at once.
type holding struct {
	bytes   int64
	garbage int64 // of bytes: what is left to Go's collector
}

// collectFrom is the garbage that is collected before others may have its memory: 32 MB, of pictures that take long enough
// to decode that a collection does not show beside them. Less is left to the collector's own pace.
const collectFrom = 32 << 20

// gate bounds the bytes of decoded pictures that exist at a time.
type gate struct {
	size int64
	sem  *semaphore.Weighted
}

func newGate(size int64) *gate { return &gate{size: size, sem: semaphore.NewWeighted(size)} }

// enter waits until m fits and returns the call that gives it back. A picture larger than the whole gate is let in alone.
// The wait ends because every holder only computes.
func (g *gate) enter(m holding) (leave func(), err error) {
	bytes := min(m.bytes, g.size)
	if err := g.sem.Acquire(context.Background(), bytes); err != nil {
		return nil, err
	}
	return func() {
		if m.garbage >= collectFrom {
			runtime.GC()
		}
		g.sem.Release(bytes)
	}, nil
}
