package workers

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"pairmill/crawler/web"
	"pairmill/encoder"
	"pairmill/fetch"
	"pairmill/filter"
	"pairmill/imaging"
	"pairmill/schemas"
	"pairmill/store"
)

// Deps is what handlers work with. Store and ReadSpec are required.
type Deps struct {
	Store store.Store

	// ReadSpec parses a run's spec as it stands in the store.
	ReadSpec func(name string, data []byte) (schemas.Spec, error)

	// Pacer is shared by all runs of the process, so that a host sees one visitor. Default: one fetcher's own.
	Pacer fetch.Pacer

	// OpenEncoder loads the model that a spec names. It is called once per model.
	OpenEncoder func(ctx context.Context, e schemas.Embed) (encoder.Encoder, error)

	// Version stands in the User-Agent and on dataset cards.
	Version string

	// Dir is where jobs spool data; empty means the system's folder for temporary files.
	Dir string

	// Watch is told what happens. Default: nobody.
	Watch Watcher
}

// specLimit bounds a spec file, which people write by hand.
const specLimit = 1 << 20

// Run is what the handlers of one run share: its spec, and the parts built from it.
type Run struct {
	Spec    schemas.Spec
	Fetcher *fetch.Fetcher
	Images  *imaging.Processor
	Texts   filter.Chain[filter.Text]
	Sizes   filter.Chain[filter.Image]
	Crawler *web.Crawler
	Limits  imaging.Limits
}

// Runs opens each run once per process.
type Runs struct {
	deps Deps

	mu       sync.Mutex // guards what follows; held while something is built, so that it is built once
	runs     map[string]*Run
	encoders map[schemas.Embed]encoder.Encoder
}

func newRuns(deps Deps) *Runs {
	return &Runs{deps: deps, runs: map[string]*Run{}, encoders: map[schemas.Embed]encoder.Encoder{}}
}

// Spec returns a run's spec.
func (r *Runs) Spec(ctx context.Context, run string) (schemas.Spec, error) {
	x, err := r.Get(ctx, run)
	if err != nil {
		return schemas.Spec{}, err
	}
	return x.Spec, nil
}

// Get returns a run's parts.
func (r *Runs) Get(ctx context.Context, run string) (*Run, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if x, ok := r.runs[run]; ok {
		return x, nil
	}
	x, err := r.open(ctx, run)
	if err != nil {
		return nil, fmt.Errorf("open run %s: %w", run, err)
	}
	r.runs[run] = x
	return x, nil
}

func (r *Runs) open(ctx context.Context, run string) (*Run, error) {
	key := store.SpecKey(run)
	data, err := store.ReadAll(ctx, r.deps.Store, key, specLimit)
	if err != nil {
		return nil, err
	}
	spec, err := r.deps.ReadSpec(key, data)
	if err != nil {
		return nil, Permanent(err)
	}
	x := &Run{Spec: spec, Texts: filter.NewText(spec.Filter), Sizes: filter.NewImage(spec.Filter)}
	cfg := fetch.ConfigFrom(spec.Fetch)
	cfg.Version, cfg.Pacer = r.deps.Version, r.deps.Pacer
	if x.Fetcher, err = fetch.New(cfg); err != nil {
		return nil, Permanent(err)
	}
	images := imagingConfig(spec.Image)
	x.Limits = imaging.Limits{MaxPixels: images.MaxPixels, MaxSide: images.MaxSide}
	if x.Images, err = imaging.New(images); err != nil {
		return nil, Permanent(err)
	}
	if spec.Source.Web != nil {
		x.Crawler, err = web.New(x.Fetcher, web.Config{Web: *spec.Source.Web, Fetch: spec.Fetch})
	}
	return x, Permanent(err)
}

func imagingConfig(s schemas.Image) imaging.Config {
	return imaging.Config{
		Side: s.Size, Mode: imaging.Mode(s.Mode), OnlyIfBigger: s.OnlyIfBigger, Quality: s.Quality, MaxPixels: s.MaxPixels,
	}
}

// Encoder returns the encoder that a spec asks for, or nil if it asks for none.
func (r *Runs) Encoder(ctx context.Context, e schemas.Embed) (encoder.Encoder, error) {
	if e.Model == "" {
		return nil, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if enc, ok := r.encoders[e]; ok {
		return enc, nil
	}
	enc, err := r.deps.OpenEncoder(ctx, e)
	if err != nil {
		return nil, fmt.Errorf("open encoder %q: %w", e.Model, err)
	}
	r.encoders[e] = enc
	return enc, nil
}

// Close frees fetchers and encoders. No handler may run any more.
func (r *Runs) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var err error
	for _, x := range r.runs {
		x.Fetcher.Close()
	}
	for _, enc := range r.encoders {
		err = errors.Join(err, enc.Close())
	}
	clear(r.runs)
	clear(r.encoders)
	return err
}
