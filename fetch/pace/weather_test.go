package pace

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"pairmill/cluster"
)

// weather is a network: what is said takes a while, and is sometimes lost, answered to nobody, or heard again later.
type weather struct {
	cluster.Calls
	loss, again float64 // of calls
	delay       time.Duration

	echoes sync.WaitGroup
}

func (w *weather) Call(ctx context.Context, name string, question []byte) ([]byte, error) {
	if !w.sleep(ctx) || rand.Float64() < w.loss {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	answer, err := w.Calls.Call(ctx, name, question)
	if rand.Float64() < w.again {
		w.echoes.Go(func() {
			time.Sleep(rand.N(3 * time.Second))
			late, cancel := context.WithTimeout(context.Background(), time.Second)
			defer cancel()
			_, _ = w.Calls.Call(late, name, question)
		})
	}
	if rand.Float64() < w.loss || !w.sleep(ctx) {
		<-ctx.Done()
		return nil, context.Cause(ctx)
	}
	return answer, err
}

func (w *weather) sleep(ctx context.Context) bool {
	if w.delay == 0 {
		return true
	}
	t := time.NewTimer(rand.N(w.delay))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
