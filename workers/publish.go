package workers

import (
	"context"

	"pairmill/schemas"
	"pairmill/sink"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// publish writes one shard of the dataset.
func (h *Handlers) publish(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	run, err := h.runs.Get(ctx, job)
	if err != nil {
		return err
	}
	tars := tarCache{store: h.deps.Store, open: map[string]store.Object{}}
	defer tars.close()
	p := sink.Publication{Name: job.Name, Dataset: run.Spec.Dataset, Ext: run.Spec.Image.Format, Image: tars.image}
	for row, err := range table.Read[schemas.SelectedRow](ctx, h.deps.Store, job.Input) {
		if err != nil {
			return err
		}
		p.Encoder, p.Dim = row.Encoder, len(row.ImageEmbedding)
		break
	}
	return p.Write(ctx, tx, table.Read[schemas.SelectedRow](ctx, h.deps.Store, job.Input))
}

// tarCacheSize bounds the run shards that one publish job keeps open. The global shuffle draws each sample from
// another shard; past the bound a shard is opened again.
const tarCacheSize = 256

// tarCache reads images out of run shards.
type tarCache struct {
	store store.Store
	open  map[string]store.Object
}

func (c *tarCache) image(ctx context.Context, s schemas.SelectedRow) ([]byte, error) {
	tar, err := c.get(ctx, s.Tar)
	if err != nil {
		return nil, err
	}
	return readImage(tar, s.Tar, &s.Sample)
}

func (c *tarCache) get(ctx context.Context, key string) (store.Object, error) {
	if o, ok := c.open[key]; ok {
		return o, nil
	}
	if len(c.open) >= tarCacheSize {
		c.close()
	}
	o, err := c.store.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	c.open[key] = o
	return o, nil
}

func (c *tarCache) close() {
	for _, o := range c.open {
		o.Close()
	}
	clear(c.open)
}
