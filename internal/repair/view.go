package repair

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"

	"pairmill/schemas"
	"pairmill/store"
)

// errDamaged is an input that is not what it was.
var errDamaged = errors.New("it is damaged")

// view is the store as a job that is done again sees it: damaged objects are not there, and what the job writes is kept
// apart, in local files without a name, which nobody has to sync or to sweep.
type view struct {
	store   store.Store
	damaged map[string]bool // by key
	dir     string          // of the files

	mu   sync.Mutex            // jobs may write many objects at a time
	made map[string]madeObject // guarded by mu
}

// madeObject is the content that a job has given a key.
type madeObject struct {
	file *store.Scratch
	io.ReaderAt
	size int64
	sum  schemas.Hash
}

// Size implements store.Blob.
func (m madeObject) Size() int64 { return m.size }

// SHA256 implements store.Blob.
func (m madeObject) SHA256() schemas.Hash { return m.sum }

var (
	_ store.Store  = (*view)(nil)
	_ store.Copier = (*view)(nil)
)

// newView makes a view that writes into a local folder; empty means the system's for temporary files.
func newView(s store.Store, damaged map[string]bool, dir string) *view {
	return &view{store: s, damaged: damaged, dir: dir, made: map[string]madeObject{}}
}

// forget drops what was made: it belongs to the job before.
func (v *view) forget() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	var err error
	for _, m := range v.made {
		err = errors.Join(err, m.file.Close())
	}
	clear(v.made)
	return err
}

// get returns what a job has made.
func (v *view) get(key string) (m madeObject, made bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	m, made = v.made[key]
	return m, made
}

// openMade is an object that a job has made, open.
type openMade struct {
	*io.SectionReader
	info store.Info
}

func (o openMade) Info() store.Info { return o.info }
func (o openMade) Close() error     { return nil }

// Open implements store.Store.
func (v *view) Open(ctx context.Context, key string) (store.Object, error) {
	m, made := v.get(key)
	switch {
	case made:
		return openMade{io.NewSectionReader(m, 0, m.size), store.Info{Key: key, Size: m.size}}, nil
	case v.damaged[key]:
		return nil, fmt.Errorf("open %s: %w: %w", key, errDamaged, store.ErrNotExist)
	}
	return v.store.Open(ctx, key)
}

// Put implements store.Store. What stands there and is whole needs no second copy here.
func (v *view) Put(ctx context.Context, key string, b store.Blob) (store.Info, error) {
	info := store.Info{Key: key, Size: b.Size()}
	if there, err := v.stands(ctx, key); there || err != nil {
		return info, err
	}
	if m, made := v.get(key); made {
		if m.sum != b.SHA256() {
			return store.Info{}, fmt.Errorf("put %s: %w", key, store.ErrConflict)
		}
		return info, nil
	}
	m, err := v.write(ctx, b)
	if err != nil {
		return store.Info{}, fmt.Errorf("put %s: %w", key, err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.made[key] = m
	return info, nil
}

func (v *view) write(ctx context.Context, b store.Blob) (m madeObject, err error) {
	m = madeObject{size: b.Size(), sum: b.SHA256()}
	if m.file, err = store.NewScratch(v.dir); err != nil {
		return m, err
	}
	if err = store.WriteBlob(ctx, m.file, b); err == nil {
		m.ReaderAt, err = m.file.Content()
	}
	if err != nil {
		return m, errors.Join(err, m.file.Close())
	}
	return m, nil
}

// Copy implements store.Copier.
func (v *view) Copy(ctx context.Context, from, to string) error {
	if there, err := v.stands(ctx, to); there || err != nil {
		return err
	}
	return store.Copy(ctx, struct{ store.Store }{v}, from, to)
}

// stands tells whether the store has an object that is whole.
func (v *view) stands(ctx context.Context, key string) (bool, error) {
	if v.damaged[key] {
		return false, nil
	}
	for info, err := range v.store.List(ctx, key) {
		return err == nil && info.Key == key, err
	}
	return false, nil
}

// below lists what was made, in order.
func (v *view) below(prefix string) (all []store.Info) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for key, m := range v.made {
		if strings.HasPrefix(key, prefix) {
			all = append(all, store.Info{Key: key, Size: m.size})
		}
	}
	slices.SortFunc(all, func(a, b store.Info) int { return strings.Compare(a.Key, b.Key) })
	return all
}

// List implements store.Store.
func (v *view) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		made := v.below(prefix)
		for info, err := range v.store.List(ctx, prefix) {
			for ; err == nil && len(made) > 0 && made[0].Key < info.Key; made = made[1:] {
				if !yield(made[0], nil) {
					return
				}
			}
			if err == nil && (v.damaged[info.Key] || len(made) > 0 && made[0].Key == info.Key) {
				continue
			}
			if !yield(info, err) || err != nil {
				return
			}
		}
		for _, info := range made {
			if !yield(info, nil) {
				return
			}
		}
	}
}

// Delete implements store.Store: nothing that repairs deletes.
func (v *view) Delete(_ context.Context, key string) error {
	return fmt.Errorf("delete %s: nothing is deleted while a job is done again", key)
}
