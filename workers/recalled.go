package workers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"pairmill/crawler/web"
	"pairmill/fetch"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/keyed"
	"pairmill/store/ledger"
)

// recollection is what a run knows of the one that it is since.
type recollection struct {
	opening         sync.Mutex // held while the files are opened
	opened          bool       // guarded by opening
	pictures, pages []*keyed.File
}

// recollection returns a run's recalled files, which are opened once in a process. All of its recalls have settled.
func (r *Runs) recollection(ctx context.Context, run string) (*recollection, error) {
	r.mu.Lock()
	m := r.recollections[run]
	if m == nil {
		m = &recollection{}
		r.recollections[run] = m
	}
	r.mu.Unlock()
	m.opening.Lock()
	defer m.opening.Unlock()
	if m.opened {
		return m, nil
	}
	for rec, err := range ledger.Group(ctx, r.deps.Store, run, schemas.TaskRecall, recallGroup) {
		if err == nil {
			err = m.open(ctx, r.deps.Store, rec)
		}
		if err != nil {
			err = errors.Join(err, m.Close())
			m.pictures, m.pages = nil, nil
			return nil, err
		}
	}
	m.opened = true
	return m, nil
}

// open opens what a recall has made. The files outlive the job that is the first to want them, and its context.
func (m *recollection) open(ctx context.Context, s store.Store, rec schemas.Commit) error {
	for _, o := range rec.Of(schemas.RoleRecall) {
		f, err := keyed.Open(context.WithoutCancel(ctx), s, o.Key)
		if err != nil {
			return err
		}
		if o.For == recalledPages {
			m.pages = append(m.pages, f)
		} else {
			m.pictures = append(m.pictures, f)
		}
	}
	return nil
}

// Close closes the files.
func (m *recollection) Close() (err error) {
	for _, f := range slices.Concat(m.pictures, m.pages) {
		err = errors.Join(err, f.Close())
	}
	return err
}

// lookUps is how many files are looked through at a time.
const lookUps = 8

// lookUp takes in what files have of URLs, file by file in any order.
func lookUp[T any](ctx context.Context, files []*keyed.File, urls []string, take func(x *T)) error {
	keys := make([]keyed.Key, len(urls))
	for i, u := range urls {
		keys[i] = recallKey(u)
	}
	slices.SortFunc(keys, func(a, b keyed.Key) int { return bytes.Compare(a[:], b[:]) })
	keys = slices.Compact(keys)
	var taking sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(lookUps)
	for _, f := range files {
		g.Go(func() error {
			values, err := f.Find(ctx, keys)
			if err != nil {
				return err
			}
			taking.Lock()
			defer taking.Unlock()
			for _, v := range values {
				if v == nil {
					continue
				}
				x := new(T)
				if err := json.Unmarshal(v, x); err != nil {
					return fmt.Errorf("what is recalled of a URL: %w", err)
				}
				take(x)
			}
			return nil
		})
	}
	return g.Wait()
}

// findPictures returns what is known of URLs of pictures. Of several answers the latest counts.
func (m *recollection) findPictures(ctx context.Context, urls []string) (map[string]*schemas.Recalled, error) {
	found := map[string]*schemas.Recalled{}
	err := lookUp(ctx, m.pictures, urls, func(r *schemas.Recalled) {
		if old := found[r.URL]; old == nil || old.AskedMS < r.AskedMS {
			found[r.URL] = r
		}
	})
	maps.DeleteFunc(found, func(_ string, r *schemas.Recalled) bool { return r.Since == "" })
	return found, err
}

// findPages returns what is known of URLs of pages.
func (m *recollection) findPages(ctx context.Context, urls []string) (map[string]*web.Reading, error) {
	found := map[string]*web.Reading{}
	err := lookUp(ctx, m.pages, urls, func(r *web.Reading) { found[r.URL] = r })
	maps.DeleteFunc(found, func(_ string, r *web.Reading) bool { return r.Version != web.ReadingVersion })
	return found, err
}

// recollect looks up what the earlier run has of a job's URLs. Files that cannot be read cost a try, and then requests.
func recollect[T any](ctx context.Context, h *Handlers, run *Run, urls []string, find func(m *recollection, ctx context.Context, urls []string) (map[string]*T, error)) (map[string]*T, error) {
	if run.Since == "" {
		return nil, nil
	}
	m, err := h.runs.recollection(ctx, run.Name)
	if err == nil {
		var found map[string]*T
		if found, err = find(m, ctx, urls); err == nil {
			return found, nil
		}
	}
	if ctx.Err() == nil && attemptOf(ctx) > 1 {
		return nil, nil
	}
	return nil, err
}

func urlsOf(candidates []schemas.Candidate) []string {
	urls := make([]string, len(candidates))
	for i, c := range candidates {
		urls[i] = c.URL
	}
	return urls
}

// known returns what the earlier run has of a URL, if it is what all rows that want it now would get of the same bytes.
func (f *fetching) known(rows []int) (*schemas.Recalled, error) {
	r := f.recalled[f.candidates[rows[0]].URL]
	if r == nil || r.Reason != "" && f.run.Generation.IsRetry() { // whoever asks again wants another answer
		return nil, nil
	}
	for _, i := range rows {
		want, err := f.wanted(i)
		if err != nil {
			return nil, err
		}
		if !want.plain && f.candidates[i].Listed != r.Listed {
			return nil, nil
		}
	}
	return r, nil
}

// longETag is from which length on an ETag is not sent back: servers refuse long headers.
const longETag = 1 << 10

// had is what a request says of the earlier answer.
func had(r *schemas.Recalled) (h fetch.Had) {
	if r == nil {
		return h
	}
	h = fetch.Had{URL: r.FinalURL, ETag: r.ETag, Modified: r.Modified}
	if len(h.ETag) > longETag {
		h.ETag = ""
	}
	if h.URL == "" {
		h.URL = r.URL
	}
	return h
}

// fresh tells whether the spec lets an earlier answer count without asking again. One of the future, by another clock, is none.
func (f *fetching) fresh(r *schemas.Recalled) bool {
	if r == nil || f.run.Generation.IsRetry() {
		return false
	}
	age := time.Since(time.UnixMilli(r.AskedMS))
	return age >= 0 && age < f.run.Spec.Fetch.Fresh.Std()
}

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
