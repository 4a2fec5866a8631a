package search

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"pairmill/encoder"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/table"
)

// Errors that callers decide on.
var (
	ErrNoVectors = errors.New("dataset has no vectors")
	ErrEncoder   = errors.New("encoder is not the one that made the dataset")
)

// manifestLimit bounds a manifest: one of 100,000 shards has 80 MB.
const manifestLimit = 256 << 20

// Dataset is a published version, open for searching. It is safe for concurrent use.
type Dataset struct {
	store    store.Store
	manifest schemas.Manifest
}

// Open opens the version whose folder is the store. A version without vectors is ErrNoVectors.
func Open(ctx context.Context, s store.Store) (*Dataset, error) {
	data, err := store.ReadAll(ctx, s, "manifest.json", manifestLimit)
	if err != nil {
		return nil, fmt.Errorf("open dataset: %w", err)
	}
	d := &Dataset{store: s}
	if err := json.Unmarshal(data, &d.manifest); err != nil {
		return nil, fmt.Errorf("open dataset: read manifest.json: %w", err)
	}
	if v := d.manifest.Version; v != schemas.Version {
		return nil, fmt.Errorf("open dataset: manifest.json has schema version %d: this program reads version %d", v, schemas.Version)
	}
	if d.manifest.Dim == 0 {
		return nil, fmt.Errorf("open dataset %s %s: %w (setting: embed.model)", d.manifest.Dataset, d.manifest.Name, ErrNoVectors)
	}
	return d, nil
}

// Manifest returns what the version says of itself.
func (d *Dataset) Manifest() schemas.Manifest { return d.manifest }

// Check tells whether an encoder's vectors can be compared with the dataset's: ErrEncoder if not.
func (d *Dataset) Check(info encoder.Info) error {
	if info.Fingerprint != d.manifest.Encoder {
		return fmt.Errorf("%w: dataset %s %s has vectors of %.16s…, %s is %.16s…", ErrEncoder, d.manifest.Dataset, d.manifest.Name,
			d.manifest.Encoder, info.Name, info.Fingerprint)
	}
	return nil
}

// Text returns the k samples whose images are nearest to a text, the nearest first.
func (d *Dataset) Text(ctx context.Context, e encoder.Encoder, text string, k int) ([]Hit, error) {
	if err := d.Check(e.Info()); err != nil {
		return nil, err
	}
	v, err := e.EncodeTexts(ctx, []string{text})
	if err != nil {
		return nil, err
	}
	return d.Nearest(ctx, v[0], k)
}

// Picture returns the k samples whose images are nearest to a picture, the nearest first.
func (d *Dataset) Picture(ctx context.Context, e encoder.Encoder, p encoder.Pixels, k int) ([]Hit, error) {
	if err := d.Check(e.Info()); err != nil {
		return nil, err
	}
	v, err := e.EncodeImages(ctx, []encoder.Pixels{p})
	if err != nil {
		return nil, err
	}
	return d.Nearest(ctx, v[0], k)
}

// sample is what a search reads of a row.
type sample struct {
	UID            string    `parquet:"uid"`
	Key            string    `parquet:"key"`
	URL            string    `parquet:"url"`
	Caption        string    `parquet:"caption"`
	Similarity     float32   `parquet:"similarity"`
	ImageEmbedding []float32 `parquet:"image_embedding,list"`
}

// Nearest returns the k samples with the greatest cosine between their image and a unit vector, the nearest first.
// Samples of one cosine come in the order of their keys. k below 1 finds nothing.
func (d *Dataset) Nearest(ctx context.Context, v []float32, k int) ([]Hit, error) {
	if len(v) != d.manifest.Dim {
		return nil, fmt.Errorf("search: vector of %d values, the dataset's have %d", len(v), d.manifest.Dim)
	}
	best := top{k: k}
	for _, o := range d.manifest.Objects {
		if o.Role != schemas.RoleData {
			continue
		}
		for s, err := range table.Read[sample](ctx, d.store, o.Key) {
			if err != nil {
				return nil, fmt.Errorf("search: %w", err)
			}
			best.offer(Hit{UID: s.UID, Key: s.Key, URL: s.URL, Caption: s.Caption, Similarity: s.Similarity, Cosine: encoder.Dot(v, s.ImageEmbedding)})
		}
	}
	return best.ranked(), nil
}
