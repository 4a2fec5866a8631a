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

	"golang.org/x/sync/errgroup"

	"pairmill/crawler/web"
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
