// Package workerstest runs whole pipelines in a test: the real handlers over any store and queue, against a web site
// on loopback, with an encoder that needs no model.
package workerstest

import (
	"context"
	"fmt"
	"time"

	"pairmill/cluster"
	"pairmill/cluster/mem"
	"pairmill/encoder"
	"pairmill/encoder/encodertest"
	"pairmill/internal/specfile"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/workers"
)

// Run is the name of a Pipeline's run that has no other.
const Run = "test"

// Pipeline is one run in this process. Store and Spec are required.
type Pipeline struct {
	Store   store.Store
	Run     string                            // its name; default Run
	Since   string                            // the run that it is since; default: none
	Spec    []byte                            // YAML
	Queue   cluster.Queue                     // default: a new one in memory
	Encoder encoder.Encoder                   // default: encodertest.Fake
	Workers int                               // jobs of one stage side by side; default 2
	Group   int                               // workers.Deps.GroupJobs
	Ahead   int                               // workers.Deps.Ahead
	Watch   workers.Watcher                   // default: nobody
	Wrap    func(cluster.Queue) cluster.Queue // around the queue; default: nothing
	Begun   func(*workers.Handlers)           // is given the handlers before the run begins; default: nothing
}

// Drive takes the run to its end, or as far as ctx and the faults let it.
func (p Pipeline) Drive(ctx context.Context) (err error) {
	if p.Queue == nil {
		p.Queue = mem.New(mem.Config{Lease: 5 * time.Second})
		defer p.Queue.Close()
	}
	if p.Encoder == nil {
		p.Encoder = &encodertest.Fake{}
	}
	if p.Watch == nil {
		p.Watch = workers.Unwatched{}
	}
	if p.Run == "" {
		p.Run = Run
	}
	if p.Since != "" {
		if err := ledger.PutGeneration(ctx, p.Store, p.Run, schemas.Generation{Version: schemas.Version, To: 1, Since: p.Since}); err != nil {
			return err
		}
	}
	if _, err := p.Store.Put(ctx, store.SpecKey(p.Run), store.Bytes(p.Spec)); err != nil {
		return fmt.Errorf("submit spec: %w", err)
	}
	end := workers.NewEnding(p.Run, p.Watch)
	h := workers.NewHandlers(workers.Deps{
		Store: p.Store, ReadSpec: specfile.Parse, Version: "test", Watch: end,
		GroupJobs: p.Group, Ahead: p.Ahead,
		OpenEncoder: func(context.Context, schemas.Embed) (encoder.Encoder, error) { return p.Encoder, nil },
	})
	defer h.Close()
	if p.Begun != nil {
		p.Begun(h)
	}
	if p.Workers == 0 {
		p.Workers = 2
	}
	cfg := workers.Config{Concurrency: p.Workers, Attempts: 4, Backoff: time.Millisecond, BackoffMax: 5 * time.Millisecond}
	return workers.Drive(ctx, p.Queue, h, end, cfg)
}

// Summary adds up what stands in a store.
func Summary(ctx context.Context, s store.Store) (schemas.Summary, error) {
	counts, err := ledger.Sum(ctx, s, Run)
	return schemas.Summarize(Run, counts), err
}
