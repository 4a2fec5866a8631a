package workers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"pairmill/encoder"
	"pairmill/imaging"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// checkpointBatches is how many batches of images make one object of a column. An interrupted job goes on after the
// last object that it wrote, so this is what a kill can waste; fewer would make objects of a few kilobytes.
const checkpointBatches = 4

// embed computes the vectors of one shard's winners, and their similarity; or takes them from the pool of the shards.
func (h *Handlers) embed(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	run, err := h.runs.Get(ctx, job)
	if err != nil || run.Spec.Embed.Model == "" {
		return err
	}
	winners, err := h.winners(ctx, job)
	if len(winners) == 0 || err != nil {
		return err
	}
	from, err := h.vectorsFor(ctx, run, job)
	if err != nil {
		return err
	}
	defer from.close()
	e := embedding{run: run, from: from, about: from.about(), winners: winners, tx: tx, store: h.deps.Store}
	return e.all(ctx, func() { h.deps.Watch.Row(job, Item{}) })
}

// vectors is where an embed job gets what it writes.
type vectors interface {
	about() aboutVectors

	// rows returns a row for each winner, in their order: the same every time. Vectors have unit length and are not yet
	// rounded.
	rows(ctx context.Context, winners []schemas.WinnerRow) ([]schemas.VectorRow, error)

	close()
}

// aboutVectors describes the column that vectors make.
type aboutVectors struct {
	column      string // name@fingerprint
	fingerprint string
	dim         int // 0 = similarities alone
	chunk       int // winners in one object of the column
}

// vectorsFor opens what a run's vectors come from, for one shard.
func (h *Handlers) vectorsFor(ctx context.Context, run *Run, job schemas.Job) (vectors, error) {
	if name, ok := run.Spec.Embed.FromPool(); ok {
		return h.pooledVectors(ctx, job, name)
	}
	enc, err := h.runs.Encoder(ctx, run.Spec.Embed)
	if err != nil {
		return nil, err
	}
	shard, err := h.openShard(ctx, job)
	return &computed{run: run, enc: enc, shard: shard}, err
}

// embedding is one embed job in work.
type embedding struct {
	run     *Run
	from    vectors
	about   aboutVectors
	winners []schemas.WinnerRow
	tx      *ledger.Tx
	store   store.Store
}

// all embeds the winners chunk by chunk. Each chunk is an object of its own, written as soon as it is computed; one
// that stands already was written before an interruption and is taken as it is, since the same winners and the same
// encoder give the same rows.
func (e *embedding) all(ctx context.Context, done func()) error {
	path := "columns/" + e.about.column + "/" + jobPath(e.tx.Job())
	written, err := e.written(ctx, path)
	if err != nil {
		return err
	}
	n := 0
	for chunk := range slices.Chunk(e.winners, e.about.chunk) {
		o, ok := written[n]
		if ok && o.Rows == int64(len(chunk)) {
			e.tx.Name(o)
		} else if err := e.chunk(ctx, chunkPath(path, n), chunk); err != nil {
			return err
		}
		n++
		e.tx.Counts().Embedded += int64(len(chunk))
		for range chunk {
			done()
		}
	}
	return nil
}

func chunkPath(path string, n int) string { return fmt.Sprintf("%s-%04d", path, n) }

// written finds the chunks that an interrupted attempt left behind.
func (e *embedding) written(ctx context.Context, path string) (map[int]schemas.Object, error) {
	found := map[int]schemas.Object{}
	prefix := store.Run(e.tx.Job().Run) + path + "-"
	for info, err := range e.store.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		number, _, _ := strings.Cut(info.Key[len(prefix):], ".")
		n, err := strconv.Atoi(number)
		if err != nil {
			continue
		}
		sum, rows, err := e.describe(ctx, info.Key)
		if err != nil {
			return nil, err
		}
		found[n] = schemas.Object{Role: schemas.RoleColumn, Key: info.Key, Size: info.Size, SHA256: sum, Rows: rows, For: e.about.fingerprint}
	}
	return found, nil
}

// describe reads an object for what a commit record says of it.
func (e *embedding) describe(ctx context.Context, key string) (schemas.Hash, int64, error) {
	o, err := e.store.Open(ctx, key)
	if err != nil {
		return schemas.Hash{}, 0, err
	}
	defer o.Close()
	sum, _, err := store.HashOf(ctx, o)
	if err != nil {
		return sum, 0, fmt.Errorf("read %s: %w", key, err)
	}
	t, err := table.Open[schemas.VectorRow](ctx, e.store, key)
	if err != nil {
		return sum, 0, err
	}
	return sum, t.Rows(), t.Close()
}

// chunk computes and writes one object of the column.
func (e *embedding) chunk(ctx context.Context, path string, winners []schemas.WinnerRow) error {
	rows, err := e.from.rows(ctx, winners)
	if err != nil {
		return err
	}
	out, err := newRowSpool[schemas.VectorRow](e.tx, e.options())
	if err != nil {
		return err
	}
	for _, row := range rows {
		e.round(&row)
		if err := out.add(row); err != nil {
			return err
		}
	}
	_, err = out.put(ctx, path, schemas.Object{Role: schemas.RoleColumn, For: e.about.fingerprint})
	return err
}

func (e *embedding) options() table.Config {
	c := table.Config{Metadata: map[string]string{"pairmill.encoder": e.about.fingerprint}}
	if e.about.dim > 0 {
		v := table.Vector{Dim: e.about.dim, Type: e.run.Spec.Dataset.Vectors}
		c.Vectors = map[string]table.Vector{"image_embedding": v, "text_embedding": v}
	}
	return c
}

// round rounds the vectors as they will be stored and takes the similarity of what is stored, so that anyone who has the
// file computes the same. A row without vectors has a similarity of its own.
func (e *embedding) round(r *schemas.VectorRow) {
	if e.about.dim == 0 {
		return
	}
	if e.run.Spec.Dataset.Vectors == schemas.Float16 {
		round16(r.ImageEmbedding)
		round16(r.TextEmbedding)
	}
	r.Similarity = float32(encoder.Cosine(r.ImageEmbedding, r.TextEmbedding))
}

func round16(v []float32) {
	for i := range v {
		v[i] = encoder.FromFloat16(encoder.Float16bits(v[i]))
	}
}

// computed is the vectors that an encoder makes of a shard's pictures and captions.
type computed struct {
	run   *Run
	enc   encoder.Encoder
	shard *shard
}

func (c *computed) close() { c.shard.close() }

func (c *computed) about() aboutVectors {
	i := c.enc.Info()
	return aboutVectors{i.Column(), i.Fingerprint, i.Dim, i.BatchSize * checkpointBatches}
}

func (c *computed) rows(ctx context.Context, winners []schemas.WinnerRow) ([]schemas.VectorRow, error) {
	pictures := make([]encoder.Pixels, len(winners))
	texts := make([]string, len(winners))
	for i, w := range winners {
		row, image, err := c.shard.sample(w)
		if err != nil {
			return nil, err
		}
		p, err := imaging.Decode(image, c.run.Limits)
		if err != nil {
			return nil, fmt.Errorf("decode stored image of %s: %w", row.ID, err)
		}
		pictures[i] = encoder.Pixels{W: p.W, H: p.H, RGB: p.Pix}
		texts[i] = row.Captions[0].Text
	}
	iv, ierr := c.enc.EncodeImages(ctx, pictures)
	tv, terr := c.enc.EncodeTexts(ctx, texts)
	if err := errors.Join(ierr, terr); err != nil {
		return nil, err
	}
	rows := make([]schemas.VectorRow, len(winners))
	for i, w := range winners {
		rows[i] = schemas.VectorRow{ID: w.ID, Row: w.Row, ImageEmbedding: iv[i], TextEmbedding: tv[i]}
	}
	return rows, nil
}
