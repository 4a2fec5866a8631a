package workers

import (
	"context"
	"sync"

	"pairmill/schemas"
	"pairmill/store"
)

// tars are the shards of an earlier run from which a job takes pictures over. The first few stay open.
type tars struct {
	store store.Store
	turns chan struct{} // one for each picture that may be in memory at a time

	mu   sync.Mutex // guards open
	open map[string]store.Object
}

const (
	mostTars  = 64
	mostTaken = 16 // pictures in memory at a time
)

func newTars(s store.Store) *tars {
	return &tars{store: s, turns: make(chan struct{}, mostTaken), open: map[string]store.Object{}}
}

// turn waits until one more picture may be in memory, until done is called.
func (t *tars) turn(ctx context.Context) (done func(), err error) {
	select {
	case t.turns <- struct{}{}:
		return func() { <-t.turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// image reads a picture.
func (t *tars) image(ctx context.Context, r *schemas.Recalled) ([]byte, error) {
	o, shared, err := t.get(ctx, r.Tar)
	if err != nil {
		return nil, err
	}
	if !shared {
		defer o.Close()
	}
	return readImage(o, r.Tar, &schemas.Row{ID: r.URL, ImageSHA256: r.ImageSHA256, ImageOffset: r.ImageOffset, ImageBytes: r.ImageBytes})
}

// get opens a tar, or finds it open. One that is not shared is its caller's to close.
func (t *tars) get(ctx context.Context, key string) (o store.Object, shared bool, err error) {
	t.mu.Lock()
	o, shared = t.open[key]
	t.mu.Unlock()
	if shared {
		return o, true, nil
	}
	if o, err = t.store.Open(ctx, key); err != nil {
		return nil, false, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, there := t.open[key]; there || len(t.open) >= mostTars {
		return o, false, nil
	}
	t.open[key] = o
	return o, true, nil
}

func (t *tars) close() {
	for _, o := range t.open {
		o.Close()
	}
}
