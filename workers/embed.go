package workers

import (
	"context"
	"errors"
	"fmt"
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

// embed computes the vectors of one shard's winners, and their similarity.
func (h *Handlers) embed(ctx context.Context, job schemas.Job, tx *ledger.Tx) error {
	run, err := h.runs.Get(ctx, job)
	if err != nil {
		return err
	}
	enc, err := h.runs.Encoder(ctx, run.Spec.Embed)
	if enc == nil || err != nil {
		return err
	}
	winners, err := h.winners(ctx, job)
	if len(winners) == 0 || err != nil {
		return err
	}
	shard, err := h.openShard(ctx, job)
	if err != nil {
		return err
	}
	defer shard.close()
	e := embedding{run: run, enc: enc, shard: shard, winners: winners, tx: tx, store: h.deps.Store}
	return e.all(ctx, func() { h.deps.Watch.Row(job, Item{}) })
}

// embedding is one embed job in work.
type embedding struct {
	run     *Run
	enc     encoder.Encoder
	shard   *shard
	winners []schemas.WinnerRow
	tx      *ledger.Tx
	store   store.Store
}

// all embeds the winners chunk by chunk. Each chunk is an object of its own, written as soon as it is computed; one
// that stands already was written before an interruption and is taken as it is, since the same winners and the same
// encoder give the same rows.
func (e *embedding) all(ctx context.Context, done func()) error {
	job := e.tx.Job()
	path := "columns/" + e.enc.Info().Column() + "/" + jobPath(job)
	written, err := e.written(ctx, path)
	if err != nil {
		return err
	}
	size := e.enc.Info().BatchSize * checkpointBatches
	for n := 0; n*size < len(e.winners); n++ {
		chunk := e.winners[n*size : min((n+1)*size, len(e.winners))]
		o, ok := written[n]
		if ok && o.Rows == int64(len(chunk)) {
			e.tx.Name(o)
		} else if err := e.chunk(ctx, chunkPath(path, n), chunk); err != nil {
			return err
		}
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
		found[n] = schemas.Object{Role: schemas.RoleColumn, Key: info.Key, Size: info.Size, SHA256: sum, Rows: rows, For: e.enc.Info().Fingerprint}
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
	rows, err := e.vectors(ctx, winners)
	if err != nil {
		return err
	}
	out, err := newRowSpool[schemas.VectorRow](e.tx, e.options())
	if err != nil {
		return err
	}
	if err := out.add(rows...); err != nil {
		return err
	}
	_, err = out.put(ctx, path, schemas.Object{Role: schemas.RoleColumn, For: e.enc.Info().Fingerprint})
	return err
}

func (e *embedding) options() table.Config {
	v := table.Vector{Dim: e.enc.Info().Dim, Type: e.run.Spec.Dataset.Vectors}
	return table.Config{
		Vectors:  map[string]table.Vector{"image_embedding": v, "text_embedding": v},
		Metadata: map[string]string{"pairmill.encoder": e.enc.Info().Fingerprint},
	}
}

// vectors computes the rows of a chunk.
func (e *embedding) vectors(ctx context.Context, winners []schemas.WinnerRow) ([]schemas.VectorRow, error) {
	pictures := make([]encoder.Pixels, len(winners))
	texts := make([]string, len(winners))
	for i, w := range winners {
		row, image, err := e.shard.sample(w)
		if err != nil {
			return nil, err
		}
		p, err := imaging.Decode(image, e.run.Limits)
		if err != nil {
			return nil, fmt.Errorf("decode stored image of %s: %w", row.ID, err)
		}
		pictures[i] = encoder.Pixels{W: p.W, H: p.H, RGB: p.Pix}
		texts[i] = row.Captions[0].Text
	}
	iv, ierr := e.enc.EncodeImages(ctx, pictures)
	tv, terr := e.enc.EncodeTexts(ctx, texts)
	if err := errors.Join(ierr, terr); err != nil {
		return nil, err
	}
	rows := make([]schemas.VectorRow, len(winners))
	for i, w := range winners {
		rows[i] = vectorRow(w, iv[i], tv[i], e.run.Spec.Dataset.Vectors)
	}
	return rows, nil
}

// vectorRow rounds the vectors as they will be stored and takes the similarity of what is stored, so that anyone who
// has the file computes the same.
func vectorRow(w schemas.WinnerRow, image, text []float32, element string) schemas.VectorRow {
	if element == schemas.Float16 {
		round16(image)
		round16(text)
	}
	return schemas.VectorRow{
		ID: w.ID, Row: w.Row, ImageEmbedding: image, TextEmbedding: text, Similarity: float32(encoder.Cosine(image, text)),
	}
}

func round16(v []float32) {
	for i := range v {
		v[i] = encoder.FromFloat16(encoder.Float16bits(v[i]))
	}
}
