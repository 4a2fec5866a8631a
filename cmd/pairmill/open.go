package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pairmill/cluster"
	"pairmill/cluster/nats"
	"pairmill/encoder"
	"pairmill/encoder/builtin"
	"pairmill/encoder/onnx"
	"pairmill/internal/specfile"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/local"
	"pairmill/workers"
)

// opened is everything that a run works with.
type opened struct {
	store    store.Store
	queue    cluster.Queue
	handlers *workers.Handlers
	ending   *workers.Ending
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

// open opens the store, submits the spec, and connects the parts.
func (c *runCmd) open(e *env, run string, spec []byte, p *progress) (o *opened, err error) {
	o = &opened{}
	defer func() {
		if err != nil {
			err = errors.Join(err, o.close())
		}
	}()
	s, err := local.New(c.Store)
	if err != nil {
		return o, err
	}
	o.store = s
	if err := o.openQueue(e.ctx, c, p); err != nil {
		return o, err
	}
	if _, err := s.Put(e.ctx, store.SpecKey(run), store.Bytes(spec)); err != nil {
		return o, fmt.Errorf("submit spec as run %s: %w", run, err)
	}
	// Spools lie beside the objects: the system's folder for temporary files is often memory.
	spools := filepath.Join(c.Store, ".spool")
	if err := os.MkdirAll(spools, 0o755); err != nil {
		return o, err
	}
	o.ending = workers.NewEnding(run, p)
	o.handlers = workers.NewHandlers(workers.Deps{
		Store: s, ReadSpec: specfile.Parse, OpenEncoder: openEncoder, Version: version, Dir: spools, Watch: o.ending,
	})
	o.closers = append(o.closers, o.handlers.Close)
	return o, nil
}

// embeddedLease is how long a resumed run waits for the jobs that a killed process held. It renews leases in its own
// process, where nothing but a stalled machine can delay that.
const embeddedLease = 15 * time.Second

// openQueue connects to the server that the user named, or starts one in this process. Its folder lies beside the
// store's objects, where no key can reach it, and its lock keeps a second process out.
func (o *opened) openQueue(ctx context.Context, c *runCmd, p *progress) error {
	cfg := nats.Config{Name: "pairmill run", Log: p.log}
	conn := nats.Connect(c.NATS)
	if c.NATS == "" {
		srv, err := nats.Start(ctx, nats.ServerConfig{Dir: filepath.Join(c.Store, ".nats"), Log: p.log})
		if err != nil {
			return err
		}
		o.closers = append(o.closers, srv.Close)
		conn, cfg.Lease = srv.Conn(), embeddedLease
	}
	q, err := nats.Open(ctx, conn, cfg)
	if err != nil {
		return err
	}
	o.queue = q
	o.closers = append(o.closers, q.Close)
	return nil
}

// modelFS finds the files of a model that a spec or a command line names.
func modelFS(model string) (fs.FS, error) {
	if model == "builtin" {
		return builtin.FS(), nil
	}
	info, err := os.Stat(model)
	if err != nil {
		return nil, fmt.Errorf("model %q: %w (want \"builtin\" or a folder with a CLIP export)", model, err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("model %q is no folder (want \"builtin\" or a folder with a CLIP export)", model)
	}
	return os.DirFS(model), nil
}

func openEncoder(_ context.Context, e schemas.Embed) (encoder.Encoder, error) {
	files, err := modelFS(e.Model)
	if err != nil {
		return nil, err
	}
	return onnx.Open(files, onnx.Config{Name: modelName(e.Model), BatchSize: e.Batch})
}

// modelName names a model's columns: by its folder, or by its own name if it is ours.
func modelName(model string) string {
	if model == "builtin" {
		return "tinyclip"
	}
	return strings.ToLower(filepath.Base(filepath.Clean(model)))
}
