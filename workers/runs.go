package workers

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"pairmill/crawler/list"
	"pairmill/crawler/web"
	"pairmill/encoder"
	"pairmill/fetch"
	"pairmill/filter"
	"pairmill/imaging"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
)

// Deps is what handlers work with. Store and ReadSpec are required.
type Deps struct {
	Store store.Store

	// ReadSpec parses a run's spec as it stands in the store.
	ReadSpec func(name string, data []byte) (schemas.Spec, error)

	// Files opens the files of lists. Default: those of the local disk.
	Files list.Files

	// Pacer is shared by all runs of the process, so that a host sees one visitor. Default: one fetcher's own.
	Pacer fetch.Pacer

	// Buffered is how many bytes of bodies in flight one run may hold in this process. Default: fetch.Config's. Less than the
	// largest bodies need is raised to that.
	Buffered int64

	// OpenEncoder loads the model that a spec names. It is called once per model.
	OpenEncoder func(ctx context.Context, e schemas.Embed) (encoder.Encoder, error)

	// OpenSandbox opens a place where a crash of a decoder costs one picture. Default: none, every attempt decodes in
	// this process.
	OpenSandbox func(imaging.Config) (Sandbox, error)

	// Sandboxed makes every attempt decode there: something has crashed before.
	Sandboxed bool

	// Version stands in the User-Agent and on dataset cards.
	Version string

	// Requests is how many pictures are fetched at a time in this process, over all its jobs. With it more shards can be in
	// work than would use it up, so that one that only waits for its last hosts holds up nobody. Default: what each job's own
	// limit allows.
	Requests int

	// GroupJobs is how many fetches are planned together. The fan-in of a group lists them all. Which of two equal images wins
	// depends on it, so it is the same for all who work on a run. Default 1,000.
	GroupJobs int

	// Ahead is how many fetches may be let in before nearly all of the group before them are done; see feed.go. Default 1,000:
	// enough for the largest pool of workers to find its next job, and few enough for any queue.
	Ahead int

	// Dir is where jobs spool data; empty means the system's folder for temporary files.
	Dir string

	// Watch is told what happens. Default: nobody.
	Watch Watcher
}

// specLimit bounds a spec file, which people write by hand.
const specLimit = 16 << 20

// Run is what the handlers of one run share: its spec, and the parts built from it.
type Run struct {
	Name        string
	Since       string // the run that this one is since; empty = none
	Spec        schemas.Spec
	Generations schemas.Generations // up to the one at hand
	Generation  schemas.Generation

	Fetcher *fetch.Fetcher
	Images  *imaging.Processor
	Texts   filter.Chain[filter.Text]
	AnyText bool // no rule looks at captions: a row without any may stay
	Sizes   filter.Chain[filter.Image]
	Crawler *web.Crawler
	Limits  imaging.Limits
}

// Runs opens each run once per process, for as long as it is worked on.
type Runs struct {
	deps  Deps
	waits *waits

	mu            sync.Mutex // guards what follows; held while something is built, so that it is built once
	runs          map[pass]*Run
	usage         map[string]*usage
	specs         map[string]schemas.Spec
	recollections map[string]*recollection
	listings      map[pass]list.Plan
	pools         map[string]*pooled
	sandboxes     map[imaging.Config]Sandbox
	encoders      map[schemas.Embed]encoder.Encoder
}

func newRuns(deps Deps, w *waits) *Runs {
	return &Runs{
		deps: deps, waits: w, runs: map[pass]*Run{}, usage: map[string]*usage{}, specs: map[string]schemas.Spec{},
		recollections: map[string]*recollection{}, listings: map[pass]list.Plan{},
		pools: map[string]*pooled{}, sandboxes: map[imaging.Config]Sandbox{}, encoders: map[schemas.Embed]encoder.Encoder{},
	}
}

// pass identifies a generation of a run.
type pass struct {
	run        string
	generation int
}

// Get returns the parts of a job's run, as its generation has them.
func (r *Runs) Get(ctx context.Context, job schemas.Job) (*Run, error) {
	return r.get(ctx, pass{job.Run, job.Generation})
}

func (r *Runs) get(ctx context.Context, p pass) (*Run, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if x, ok := r.runs[p]; ok {
		return x, nil
	}
	x, err := r.open(ctx, p)
	if err != nil {
		return nil, fmt.Errorf("open run %s: %w", p.run, err)
	}
	r.runs[p] = x
	return x, nil
}

// forgive has the fetchers of some runs forget what they hold against hosts.
func (r *Runs) forgive(of func(run string) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for p, x := range r.runs {
		if of(p.run) {
			x.Fetcher.Forgive()
		}
	}
}

// spec reads a run's spec as a generation has it.
func (r *Runs) spec(ctx context.Context, p pass) (spec schemas.Spec, gens schemas.Generations, err error) {
	key := store.SpecKey(p.run)
	data, err := store.ReadAll(ctx, r.deps.Store, key, specLimit)
	if err != nil {
		return spec, nil, err
	}
	if spec, err = r.deps.ReadSpec(key, data); err != nil {
		return spec, nil, Permanent(err)
	}
	if gens, err = ledger.Generations(ctx, r.deps.Store, p.run); err != nil {
		return spec, nil, err
	}
	if p.generation >= len(gens) {
		return spec, nil, Permanent(fmt.Errorf("generation %d has no record: the run has %d", p.generation, len(gens)))
	}
	if g := gens[p.generation]; g.Fetch != nil {
		spec.Fetch = *g.Fetch
	}
	return spec, gens[:p.generation+1], nil
}

func (r *Runs) open(ctx context.Context, p pass) (*Run, error) {
	spec, gens, err := r.spec(ctx, p)
	if err != nil {
		return nil, err
	}
	x := &Run{
		Name: p.run, Since: gens.Since(), Spec: spec, Generations: gens, Generation: gens[p.generation],
		Texts: filter.NewText(spec.Filter), AnyText: spec.Deliver != nil && !filter.LooksAtText(spec.Filter), Sizes: filter.NewImage(spec.Filter),
	}
	cfg := fetch.ConfigFrom(spec.Fetch)
	cfg.Version, cfg.Pacer = r.deps.Version, r.deps.Pacer
	if r.deps.Buffered > 0 {
		cfg.MaxBuffered = max(r.deps.Buffered, 3*(1<<20+max(cfg.MaxBytes, cfg.MaxPageBytes)))
	}
	if x.Fetcher, err = fetch.New(cfg); err != nil {
		return nil, Permanent(err)
	}
	r.waits.open(x.Fetcher)
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
	quality := s.Quality
	if quality == 0 {
		quality = -1 // a spec that says 0 means it; to imaging 0 is the default
	}
	formats := map[string]imaging.Format{"jpg": imaging.JPEG, "png": imaging.PNG, "webp": imaging.WebP}
	return imaging.Config{
		Side: s.Size, Mode: imaging.Mode(s.Mode), OnlyIfBigger: s.OnlyIfBigger, Quality: quality, MaxPixels: s.MaxPixels,
		Upscale: imaging.Interpolation(s.Upscale), Downscale: imaging.Interpolation(s.Downscale),
		Format: formats[s.Format], SkipReencode: s.SkipReencode, Half: s.HalfDecode,
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
	r.waits.close()
	var err error
	for _, x := range r.runs {
		x.Fetcher.Close()
	}
	for _, enc := range r.encoders {
		err = errors.Join(err, enc.Close())
	}
	for _, s := range r.sandboxes {
		err = errors.Join(err, s.Close())
	}
	for _, m := range r.recollections {
		err = errors.Join(err, m.Close())
	}
	clear(r.runs)
	clear(r.recollections)
	clear(r.sandboxes)
	clear(r.encoders)
	return err
}
