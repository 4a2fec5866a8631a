package imaging

import (
	"context"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// holding is the worst case of what one picture holds at once.
type holding struct {
	bytes   int64
	garbage int64 // of bytes: what is left to Go's collector, besides what is borrowed
}

// maxGarbage is the most garbage that is left to the collector's own pace. Pictures that make so much of it take so long
// that a collection does not show beside them.
const maxGarbage = 32 << 20

// gate bounds the bytes of decoded pictures that exist at a time, and the garbage that earlier ones have left beside them.
type gate struct {
	size    int64
	sem     *semaphore.Weighted
	most    int64        // of garbage
	garbage atomic.Int64 // since the last collection
}

func newGate(size, garbage int64) *gate {
	return &gate{size: size, sem: semaphore.NewWeighted(size), most: garbage}
}

// enter waits until so many bytes fit and returns the call that gives them back. A picture larger than the whole gate is
// let in alone. The wait ends because every holder only computes.
func (g *gate) enter(bytes int64) (leave func(garbage int64), err error) {
	bytes = min(bytes, g.size)
	if err := g.sem.Acquire(context.Background(), bytes); err != nil {
		return nil, err
	}
	return func(garbage int64) {
		if garbage > 0 && g.garbage.Add(garbage) >= g.most {
			g.garbage.Store(0)
			runtime.GC()
		}
		g.sem.Release(bytes)
	}, nil
}
