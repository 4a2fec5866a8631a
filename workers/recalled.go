package workers

import (
	"context"
	"errors"
	"slices"
	"sort"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"pairmill/fetch"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/table"
)

// recollection is what a run knows of the one that it is since: its recalled tables, of which the footers are in memory.
type recollection struct {
	tables []recalledTable
}

type recalledTable struct {
	*table.Table[schemas.Recalled]
	spans []table.Span
}

// recollection opens a run's recalled tables, once in a process. All of its recalls have settled.
func (r *Runs) recollection(ctx context.Context, run string) (*recollection, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m, ok := r.recollections[run]; ok {
		return m, nil
	}
	m := &recollection{}
	for rec, err := range ledger.Group(ctx, r.deps.Store, run, schemas.TaskRecall, recallGroup) {
		for _, o := range rec.Of(schemas.RoleRecall) {
			var t recalledTable
			if err == nil {
				t.Table, err = table.Open[schemas.Recalled](ctx, r.deps.Store, o.Key)
			}
			if err == nil {
				m.tables = append(m.tables, t)
				m.tables[len(m.tables)-1].spans, err = t.Spans("url")
			}
		}
		if err != nil {
			return nil, errors.Join(err, m.Close())
		}
	}
	r.recollections[run] = m
	return m, nil
}

// Close closes the tables.
func (m *recollection) Close() (err error) {
	for _, t := range m.tables {
		err = errors.Join(err, t.Close())
	}
	return err
}

// recallReads is how many parts of tables are read at a time.
const recallReads = 8

// find returns what is known of URLs, which are sorted. Of several answers the latest counts.
func (m *recollection) find(ctx context.Context, urls []string) (map[string]*schemas.Recalled, error) {
	var mu sync.Mutex // guards found
	found := map[string]*schemas.Recalled{}
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(recallReads)
	for _, t := range m.tables {
		for _, s := range t.spans {
			within := urls[sort.SearchStrings(urls, s.Least):]
			within = within[:sort.Search(len(within), func(i int) bool { return within[i] > s.Greatest })]
			if len(within) == 0 {
				continue
			}
			g.Go(func() error {
				for r, err := range t.Range(ctx, s.From, s.To) {
					if err != nil {
						return err
					}
					if _, wanted := slices.BinarySearch(within, r.URL); !wanted {
						continue
					}
					mu.Lock()
					if old := found[r.URL]; old == nil || old.AskedMS < r.AskedMS {
						found[r.URL] = &r
					}
					mu.Unlock()
				}
				return nil
			})
		}
	}
	return found, g.Wait()
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
		if !want.plain && f.candidates[i].Listed != r.Row.Listed {
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
	h = fetch.Had{URL: r.Row.FinalURL, ETag: r.ETag, Modified: r.Modified}
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
	return readImage(o, r.Tar, &r.Row)
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
