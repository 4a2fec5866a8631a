package workers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"pairmill/crawler/web"
	"pairmill/fetch"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/keyed"
	"pairmill/store/ledger"
)

// recollection is what a run knows of the one that it is since.
type recollection struct {
	pictures, pages []*keyed.File
}

// recollection opens a run's keyed files, once in a process. All of its recalls have settled.
func (r *Runs) recollection(ctx context.Context, run string) (*recollection, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m, ok := r.recollections[run]; ok {
		return m, nil
	}
	m := &recollection{}
	for rec, err := range ledger.Group(ctx, r.deps.Store, run, schemas.TaskRecall, recallGroup) {
		if err == nil {
			err = m.open(ctx, r.deps.Store, rec)
		}
		if err != nil {
			return nil, errors.Join(err, m.Close())
		}
	}
	r.recollections[run] = m
	return m, nil
}

func (m *recollection) open(ctx context.Context, s store.Store, rec schemas.Commit) error {
	for _, o := range rec.Of(schemas.RoleRecall) {
		f, err := keyed.Open(ctx, s, o.Key)
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

// lookUp takes in what files have of URLs.
func lookUp[T any](ctx context.Context, files []*keyed.File, urls []string, take func(x *T)) error {
	keys := make([]keyed.Key, len(urls))
	for i, u := range urls {
		keys[i] = recallKey(u)
	}
	slices.SortFunc(keys, func(a, b keyed.Key) int { return bytes.Compare(a[:], b[:]) })
	keys = slices.Compact(keys)
	for _, f := range files {
		values, err := f.Find(ctx, keys)
		if err != nil {
			return err
		}
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
	}
	return nil
}

// findPictures returns what is known of URLs of pictures. Of several answers the latest counts.
func (m *recollection) findPictures(ctx context.Context, urls []string) (map[string]*schemas.Recalled, error) {
	found := map[string]*schemas.Recalled{}
	return found, lookUp(ctx, m.pictures, urls, func(r *schemas.Recalled) {
		if old := found[r.URL]; old == nil || old.AskedMS < r.AskedMS {
			found[r.URL] = r
		}
	})
}

// findPages returns what is known of URLs of pages.
func (m *recollection) findPages(ctx context.Context, urls []string) (map[string]*web.Reading, error) {
	found := map[string]*web.Reading{}
	return found, lookUp(ctx, m.pages, urls, func(r *web.Reading) { found[r.URL] = r })
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
	if r == nil {
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

// had is what a request says of the earlier answer.
func had(r *schemas.Recalled) (h fetch.Had) {
	if r == nil {
		return h
	}
	h = fetch.Had{URL: r.FinalURL, ETag: r.ETag, Modified: r.Modified}
	if h.URL == "" {
		h.URL = r.URL
	}
	return h
}

// fresh tells whether the spec lets an earlier answer count without asking again.
func (f *fetching) fresh(r *schemas.Recalled) bool {
	return r != nil && time.Since(time.UnixMilli(r.AskedMS)) < f.run.Spec.Fetch.Fresh.Std()
}

// tars are the shards of an earlier run from which a job takes pictures over. The first few stay open.
type tars struct {
	store store.Store

	mu   sync.Mutex // guards open
	open map[string]store.Object
}

const mostTars = 64

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

func (t *tars) get(ctx context.Context, key string) (o store.Object, shared bool, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if o, ok := t.open[key]; ok {
		return o, true, nil
	}
	if o, err = t.store.Open(ctx, key); err != nil || len(t.open) >= mostTars {
		return o, false, err
	}
	if t.open == nil {
		t.open = map[string]store.Object{}
	}
	t.open[key] = o
	return o, true, nil
}

func (t *tars) close() {
	for _, o := range t.open {
		o.Close()
	}
}
