package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"pairmill/cluster"
	"pairmill/cluster/nats"
	"pairmill/internal/specfile"
	"pairmill/store"
	"pairmill/workers"
)

// opened is everything that a run works with.
type opened struct {
	run    string
	store  store.Store
	place  place
	queue  cluster.Queue
	spools string
	guard  workers.GuardConfig
	empty  func(context.Context) error // empties the queue
	// requests is how many pictures are fetched at a time; 0 = each job's own limit.
	requests int
	log      *slog.Logger
	told     bool           // progress knows what was done before
	closers  []func() error // called in reverse order
}

func (o *opened) close() error {
	var err error
	for i := len(o.closers) - 1; i >= 0; i-- {
		err = errors.Join(err, o.closers[i]())
	}
	o.closers = nil
	return err
}

// openRun opens a store and a queue for a run.
func openRun(e *env, d *driving, location, run string, p *progress) (o *opened, err error) {
	o = &opened{run: run, guard: d.guard(), log: p.log}
	defer func() {
		if err != nil {
			err = errors.Join(err, o.close())
		}
	}()
	if o.place, err = parsePlace(location); err != nil {
		return o, usage(err)
	}
	if o.store, err = o.place.open(e.ctx); err != nil {
		return o, err
	}
	// What would fail every job is better said before the first.
	if c, ok := o.store.(interface{ Check(context.Context) error }); ok {
		if err := c.Check(e.ctx); err != nil {
			return o, err
		}
	}
	dir, err := o.place.localDir()
	if err != nil {
		return o, err
	}
	if err := o.openQueue(e.ctx, d, dir, p); err != nil {
		return o, err
	}
	o.empty = func(ctx context.Context) error { return o.freshQueue(ctx, d, dir, p) }
	// Spools lie on the disk: the system's folder for temporary files is often memory.
	o.spools = filepath.Join(dir, ".spool")
	return o, os.MkdirAll(o.spools, 0o755)
}

// deps are the handlers' parts, watched by w.
func (o *opened) deps(w workers.Watcher) workers.Deps {
	return workers.Deps{
		Store: o.store, ReadSpec: specfile.Parse, OpenEncoder: openEncoder(o.log), OpenSandbox: openSandbox, Sandboxed: sandboxed(),
		Requests: o.requests, Files: openFiles(),
		Version: version, Dir: o.spools, Watch: w,
	}
}

// submit writes the spec as the run's, which it stays.
func (o *opened) submit(ctx context.Context, spec []byte) error {
	if _, err := o.store.Put(ctx, store.SpecKey(o.run), store.Bytes(spec)); err != nil {
		return fmt.Errorf("submit spec as run %s: %w", o.run, err)
	}
	return nil
}

// embeddedLease is how long a resumed run waits for the jobs that a killed process held. It renews leases in its own
// process, where nothing but a stalled machine can delay that.
const embeddedLease = 15 * time.Second

// freshQueue empties the queue of the server in this process: messages of a run that was removed would be taken for the new
// one's, which has jobs of the same names. Runs in work lose nothing: they are derived again from the store.
func (o *opened) freshQueue(ctx context.Context, d *driving, dir string, p *progress) error {
	if d.NATS != "" {
		return nil
	}
	if err := o.close(); err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(dir, ".nats", "jetstream")); err != nil {
		return fmt.Errorf("empty the queue: %w", err)
	}
	return o.openQueue(ctx, d, dir, p)
}

// openQueue connects to the server that the user named, or starts one in this process. Its folder lies beside the
// store's objects, where no key can reach it, and its lock keeps a second process out.
func (o *opened) openQueue(ctx context.Context, d *driving, dir string, p *progress) error {
	cfg := nats.Config{Name: "pairmill run", Log: p.log}
	conn := nats.Connect(d.NATS)
	if d.NATS == "" {
		srv, err := nats.Start(ctx, nats.ServerConfig{Dir: filepath.Join(dir, ".nats"), Log: p.log})
		if err != nil {
			return err
		}
		o.closers = append(o.closers, srv.Close)
		conn, cfg.Lease, cfg.Embedded = srv.Conn(), embeddedLease, true
	}
	q, err := nats.Open(ctx, conn, cfg)
	if err != nil {
		return err
	}
	o.queue = q
	o.closers = append(o.closers, q.Close)
	return nil
}
