package sink

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"pairmill/imaging"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
	"pairmill/store/webdataset"
)

// Publication is what one published shard is made of.
type Publication struct {
	Name    string // of the shard: "00000"
	Dataset schemas.Dataset
	Ext     string // of pictures whose format is not seen; empty = jpg
	Encoder string // fingerprint; empty without similarities
	Dim     int    // of the vectors; 0 without

	// Image returns the bytes of a sample's image.
	Image func(ctx context.Context, s schemas.SelectedRow) ([]byte, error)
}

// stats is what img2dataset leaves beside a shard, less what is not deterministic. DataComp's resharder reads
// successes.
type stats struct {
	Count            int64            `json:"count"`
	Successes        int64            `json:"successes"`
	FailedToDownload int64            `json:"failed_to_download"`
	FailedToResize   int64            `json:"failed_to_resize"`
	StatusDict       map[string]int64 `json:"status_dict"`
}

// Write writes the shard's tar, its table, its stats and its part of data/, all committed by tx.
func (p Publication) Write(ctx context.Context, tx *ledger.Tx, rows iter.Seq2[schemas.SelectedRow, error]) error {
	p.Ext = ShardStyle{Ext: p.Ext}.withDefaults().Ext
	w, err := p.open(tx)
	if err != nil {
		return err
	}
	for row, err := range rows {
		if err != nil {
			return err
		}
		image, err := p.Image(ctx, row)
		if err != nil {
			return err
		}
		if err := w.add(row, image); err != nil {
			return fmt.Errorf("publish %s: %w", row.Sample.ID, err)
		}
	}
	return w.put(ctx, tx)
}

// publishing is the files of one published shard in work.
type publishing struct {
	Publication
	tarSpool, tableSpool, dataSpool *store.Spool
	tar                             *webdataset.Writer
	table                           *table.Writer[schemas.ShardRow]
	data                            *table.Writer[schemas.DatasetRow]
	n                               int64
}

func (p Publication) open(tx *ledger.Tx) (*publishing, error) {
	w := &publishing{Publication: p}
	for _, sp := range []**store.Spool{&w.tarSpool, &w.tableSpool, &w.dataSpool} {
		var err error
		if *sp, err = tx.Spool(); err != nil {
			return nil, err
		}
	}
	w.tar = webdataset.NewWriter(w.tarSpool)
	var terr, derr error
	w.table, terr = table.NewWriter[schemas.ShardRow](w.tableSpool, table.Config{})
	w.data, derr = table.NewWriter[schemas.DatasetRow](w.dataSpool, DataOptions(p.Dataset, p.Encoder, p.Dim))
	return w, errors.Join(terr, derr)
}

func (w *publishing) add(s schemas.SelectedRow, image []byte) error {
	shard := shardRow(s)
	meta, err := memberJSON(shard, s.Sample)
	if err != nil {
		return err
	}
	if _, err := w.tar.Write(s.Key, members(w.ext(image), image, meta, shard.Caption)...); err != nil {
		return err
	}
	w.n++
	return errors.Join(w.table.Write(shard), w.data.Write(w.datasetRow(s, image)))
}

// ext is the extension of a picture. What the run made has one format; adopted shards can hold several.
func (p Publication) ext(image []byte) string {
	if ext := imaging.Sniff(image).Ext(); ext != "" {
		return ext
	}
	return p.Ext
}

func (w *publishing) put(ctx context.Context, tx *ledger.Tx) error {
	if err := errors.Join(w.tar.Close(), w.table.Close(), w.data.Close()); err != nil {
		return fmt.Errorf("end published shard %s: %w", w.Name, err)
	}
	for _, f := range []struct {
		spool     *store.Spool
		ext, role string
	}{{w.tarSpool, ".tar", schemas.RoleTar}, {w.tableSpool, ".parquet", schemas.RoleTable}, {w.dataSpool, "-data.parquet", schemas.RoleData}} {
		o := schemas.Object{Role: f.role, Rows: w.n, For: w.Name}
		if _, err := tx.PutSpool(ctx, "published/"+w.Name+f.ext, f.spool, o); err != nil {
			return err
		}
	}
	data, err := json.MarshalIndent(stats{Count: w.n, Successes: w.n, StatusDict: map[string]int64{schemas.StatusSuccess: w.n}}, "", "    ")
	if err != nil {
		return err
	}
	_, err = tx.Put(ctx, "published/"+w.Name+"_stats.json", store.Bytes(data), schemas.Object{Role: schemas.RoleStats, For: w.Name})
	return err
}

func shardRow(s schemas.SelectedRow) schemas.ShardRow {
	r := s.Sample
	return schemas.ShardRow{
		UID: r.ID, Caption: r.Captions[0].Text, URL: r.URL, Key: s.Key, Status: schemas.StatusSuccess, EXIF: "{}",
		Width: r.Width, Height: r.Height, OriginalWidth: r.OriginalWidth, OriginalHeight: r.OriginalHeight, SHA256: r.SHA256,
	}
}

// member is the .json of a published sample: img2dataset's keys, then ours.
type member struct {
	schemas.ShardRow
	Captions []schemas.Caption `json:"captions"`
	PageURL  string            `json:"page_url"`
	License  string            `json:"license"`
	PHash    string            `json:"phash"`
}

func memberJSON(s schemas.ShardRow, r schemas.Row) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(member{ShardRow: s, Captions: r.Captions, PageURL: r.PageURL, License: r.License, PHash: r.PHash})
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func (p Publication) datasetRow(s schemas.SelectedRow, image []byte) schemas.DatasetRow {
	r := s.Sample
	return schemas.DatasetRow{
		UID: r.ID, Key: s.Key, URL: r.URL, Caption: r.Captions[0].Text, Captions: r.Captions, PageURL: r.PageURL,
		Width: r.Width, Height: r.Height, OriginalWidth: r.OriginalWidth, OriginalHeight: r.OriginalHeight,
		SHA256: r.SHA256, ImageSHA256: r.ImageSHA256, PHash: r.PHash, Language: r.Captions[0].Language, License: r.License,
		Status: schemas.StatusSuccess, Similarity: s.Similarity, ImageEmbedding: s.ImageEmbedding, TextEmbedding: s.TextEmbedding,
		Encoder: p.Encoder, Image: schemas.ImageBytes{Bytes: image, Path: s.Key + "." + p.ext(image)},
	}
}

// imageFeature tells Hugging Face's datasets that the column image holds pictures. They take it over where the file's
// column has the type of their own Image, which is nullable all through; other columns are as they infer them.
const imageFeature = `{"info": {"features": {"image": {"_type": "Image"}}}}`

// DataOptions says how data/*.parquet is written: vectors of fixed size, the image column by choice, columns of
// vectors left out when there are none, and that of similarities when there is no fingerprint of what they come from.
func DataOptions(d schemas.Dataset, fingerprint string, dim int) table.Config {
	o := table.Config{Metadata: map[string]string{"pairmill.schema": fmt.Sprint(schemas.Version)}}
	if dim > 0 {
		v := table.Vector{Dim: dim, Type: d.Vectors}
		o.Vectors = map[string]table.Vector{"image_embedding": v, "text_embedding": v}
	} else {
		o.Omit = append(o.Omit, "image_embedding", "text_embedding")
	}
	if fingerprint != "" {
		o.Metadata["pairmill.encoder"] = fingerprint
	} else {
		o.Omit = append(o.Omit, "similarity", "encoder")
	}
	if d.EmbedImages {
		o.Metadata["huggingface"] = imageFeature
	} else {
		o.Omit = append(o.Omit, "image")
	}
	return o
}
