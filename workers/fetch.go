package workers

import (
	"context"
	"slices"

	"pairmill/curate"
	"pairmill/schemas"
	"pairmill/sink"
	"pairmill/store/ledger"
)

// fetch does one part: candidates in; a shard, its table, and what dedup needs to know out. Nothing is decided
// across parts.
func (h *Handlers) fetch(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	run, err := h.runs.Get(ctx, job)
	if err != nil {
		return err
	}
	if run.Spec.Source.Shards != nil && !run.Generation.IsRetry() {
		return h.adopt(ctx, run, tx)
	}
	candidates, err := readPart(ctx, h.deps.Store, run, job.Input)
	if err != nil {
		return err
	}
	style, err := h.style(ctx, run, job)
	if err != nil {
		return err
	}
	images, err := tx.Scratch()
	if err != nil {
		return err
	}
	f, err := h.fetching(ctx, run, job, candidates)
	if err != nil {
		return err
	}
	f.style, f.images = style, images
	if f.recalled, err = recollect(ctx, h, run, urlsOf(candidates), (*recollection).findPictures); err != nil {
		return err
	}
	f.earlier.store = h.deps.Store
	defer f.earlier.close()
	if err := f.all(ctx); err != nil {
		return err
	}
	if err := h.joinPool(ctx, run, tx, 0, f.rows()); err != nil {
		return err
	}
	if err := f.write(ctx, tx); err != nil {
		return err
	}
	if run.Spec.Deliver.Writes() {
		tx.Next(job.Follow(schemas.TaskDeliver, job.Group, job.Name, ""))
	}
	return nil
}

// fetching is the fetch of some candidates, as all of a process's are.
func (h *Handlers) fetching(ctx context.Context, run *Run, job schemas.Job, candidates []schemas.Candidate) (*fetching, error) {
	f := &fetching{
		run: run, job: job, watch: h.deps.Watch, candidates: candidates,
		slots: h.slots, waits: h.waits, pixels: h.pixels, pictures: make(chan picture),
	}
	var err error
	f.decoder, err = h.pictures(ctx, run)
	return f, err
}

// rows are the job's, as they will be written.
func (f *fetching) rows() []*schemas.Row {
	out := make([]*schemas.Row, len(f.done))
	for i := range f.done {
		out[i] = &f.done[i].row
	}
	return out
}

// columns returns the columns that a list's rows carry, which are the same in all generations.
func (h *Handlers) columns(ctx context.Context, run *Run, job schemas.Job) ([]schemas.Column, error) {
	if run.Spec.Source.List == nil {
		return nil, nil
	}
	plan, err := h.runs.listing(ctx, job.Run, 0)
	return plan.Columns, err
}

// write puts the results away in the order of the part, whatever the order was in which hosts answered.
func (f *fetching) write(ctx context.Context, tx *ledger.Tx) error {
	images, err := f.images.Content()
	if err != nil {
		return err
	}
	shard, err := sink.NewShard(tx, f.style)
	if err != nil {
		return err
	}
	var hashes []schemas.HashRow
	var optOuts []schemas.OptOutRow
	var observed []schemas.Observation
	counts := tx.Counts()
	var image []byte // each row's in turn: nothing keeps it
	for i := range f.done {
		d := &f.done[i]
		image = slices.Grow(image[:0], int(d.size))[:d.size]
		if _, err := images.ReadAt(image, d.offset); err != nil && d.size > 0 {
			return err
		}
		if err := shard.Add(&d.row, image); err != nil {
			return err
		}
		d.count(counts)
		if d.row.Kept() {
			hashes = append(hashes, hashRow(f.job.Name, int32(i), d.row))
		}
		if d.row.OptOut != "" {
			optOuts = append(optOuts, schemas.OptOutRow{URL: d.row.URL, OptOut: d.row.OptOut})
		}
		if d.observed {
			observed = append(observed, d.observation)
		}
	}
	if err := shard.Put(ctx, tx, "shards/"+f.job.Group+"/"+f.job.Name); err != nil {
		return err
	}
	if err := putHashes(ctx, tx, f.run.Spec.Dedup.Buckets, hashes); err != nil {
		return err
	}
	if err := putTable(ctx, tx, "optouts/"+jobPath(f.job), optOuts, schemas.Object{Role: schemas.RoleOptOuts}); err != nil {
		return err
	}
	return putTable(ctx, tx, "observations/"+jobPath(f.job), observed, schemas.Object{Role: schemas.RoleObservations})
}

func hashRow(part string, line int32, r schemas.Row) schemas.HashRow {
	return schemas.HashRow{SHA256: r.SHA256, ID: r.ID, Part: part, Row: line, URL: r.URL, Captions: r.Captions}
}

// putHashes writes one sorted run for each bucket that has rows.
func putHashes(ctx context.Context, tx *ledger.Tx, buckets int, rows []schemas.HashRow) error {
	slices.SortFunc(rows, curate.CompareHashes)
	split := make([][]schemas.HashRow, buckets)
	for _, r := range rows {
		b := curate.Bucket(r.SHA256, buckets)
		split[b] = append(split[b], r)
	}
	for b, rows := range split {
		name := schemas.BucketName(b)
		o := schemas.Object{Role: schemas.RoleHashes, For: name}
		if err := putTable(ctx, tx, "hashes/"+name+"/"+jobPath(tx.Job()), rows, o); err != nil {
			return err
		}
	}
	return nil
}

// count enters one row into the ledger.
func (d *outcome) count(c *schemas.Counts) {
	c.Inputs++
	c.Requests += d.requests
	c.Bytes += d.bytes
	if d.fetched {
		c.Fetched++
	}
	if d.unchanged {
		c.Unchanged++
	}
	if d.row.Kept() {
		c.Kept++
		return
	}
	c.Drop(schemas.Reason(d.row.Reason), 1)
}
