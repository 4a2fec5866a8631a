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

	"pairmill/fetch"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/keyed"
	"pairmill/store/ledger"
)

// recollection is what a run knows of the one that it is since.
type recollection struct {
	files []*keyed.File
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
		for _, o := range rec.Of(schemas.RoleRecall) {
			var f *keyed.File
			if err == nil {
				f, err = keyed.Open(ctx, r.deps.Store, o.Key)
			}
			if err == nil {
				m.files = append(m.files, f)
			}
		}
		if err != nil {
			return nil, errors.Join(err, m.Close())
		}
	}
	r.recollections[run] = m
	return m, nil
}

// Close closes the files.
func (m *recollection) Close() (err error) {
	for _, f := range m.files {
		err = errors.Join(err, f.Close())
	}
	return err
}

// find returns what is known of URLs. Of several answers the latest counts.
func (m *recollection) find(ctx context.Context, urls []string) (map[string]*schemas.Recalled, error) {
	keys := make([]keyed.Key, len(urls))
	for i, u := range urls {
		keys[i] = recallKey(u)
	}
	slices.SortFunc(keys, func(a, b keyed.Key) int { return bytes.Compare(a[:], b[:]) })
	found := map[string]*schemas.Recalled{}
	for _, f := range m.files {
		values, err := f.Find(ctx, keys)
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			if v == nil {
				continue
			}
			r := &schemas.Recalled{}
			if err := json.Unmarshal(v, r); err != nil {
				return nil, fmt.Errorf("recalled URL: %w", err)
			}
			if old := found[r.URL]; old == nil || old.AskedMS < r.AskedMS {
				found[r.URL] = r
			}
		}
	}
	return found, nil
}

// recollect looks up what the earlier run has of a job's URLs. Tables that cannot be read cost a try, and then requests.
func (h *Handlers) recollect(ctx context.Context, run *Run, candidates []schemas.Candidate) (map[string]*schemas.Recalled, error) {
	if run.Since == "" {
		return nil, nil
	}
	m, err := h.runs.recollection(ctx, run.Name)
	if err == nil {
		urls := make([]string, len(candidates))
		for i, c := range candidates {
			urls[i] = c.URL
		}
		slices.Sort(urls)
		var found map[string]*schemas.Recalled
		if found, err = m.find(ctx, slices.Compact(urls)); err == nil {
			return found, nil
		}
	}
	if ctx.Err() == nil && attemptOf(ctx) > 1 {
		return nil, nil
	}
	return nil, err
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
