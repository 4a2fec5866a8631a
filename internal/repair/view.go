package repair

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"sync"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/local"
)

// errDamaged is an input that is not what it was.
var errDamaged = errors.New("it is damaged")

// view is the store as a job that is done again sees it: damaged objects are not there, and what the job writes is kept
// apart.
type view struct {
	store   store.Store
	damaged map[string]bool // by key

	dir  string // of made
	made *local.Store

	mu   sync.Mutex              // jobs may write many objects at a time
	sums map[string]schemas.Hash // guarded by mu; of what was made
}

var (
	_ store.Store  = (*view)(nil)
	_ store.Copier = (*view)(nil)
)

// newView makes a view that writes below a local folder.
func newView(s store.Store, damaged map[string]bool, dir string) (*view, error) {
	v := &view{store: s, damaged: damaged, sums: map[string]schemas.Hash{}}
	var err error
	if v.dir, err = os.MkdirTemp(dir, "pairmill-repair-*"); err != nil {
		return nil, fmt.Errorf("make temporary folder: %w", err)
	}
	if v.made, err = local.New(v.dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(v.dir))
	}
	return v, nil
}

// forget drops what was made: it belongs to the job before.
func (v *view) forget(ctx context.Context) error {
	var err error
	v.mu.Lock()
	defer v.mu.Unlock()
	for key := range v.sums {
		err = errors.Join(err, v.made.Delete(ctx, key))
	}
	clear(v.sums)
	return err
}

func (v *view) close() error { return errors.Join(v.made.Close(), os.RemoveAll(v.dir)) }

// Open implements store.Store.
func (v *view) Open(ctx context.Context, key string) (store.Object, error) {
	switch _, made := v.sum(key); {
	case made:
		return v.made.Open(ctx, key)
	case v.damaged[key]:
		return nil, fmt.Errorf("open %s: %w: %w", key, errDamaged, store.ErrNotExist)
	}
	return v.store.Open(ctx, key)
}

// Put implements store.Store. What stands there and is whole needs no second copy here.
func (v *view) Put(ctx context.Context, key string, b store.Blob) (store.Info, error) {
	if there, err := v.stands(ctx, key); there || err != nil {
		return store.Info{Key: key, Size: b.Size()}, err
	}
	info, err := v.made.Put(ctx, key, b)
	if err == nil {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.sums[key] = b.SHA256()
	}
	return info, err
}

// sum is the sha256 of an object that was made.
func (v *view) sum(key string) (sum schemas.Hash, made bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	sum, made = v.sums[key]
	return sum, made
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

// List implements store.Store.
func (v *view) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		next, stop := iter.Pull2(v.made.List(ctx, prefix))
		defer stop()
		made, err, more := next()
		for info, lerr := range v.store.List(ctx, prefix) {
			for ; more && err == nil && lerr == nil && made.Key < info.Key; made, err, more = next() {
				if !yield(made, nil) {
					return
				}
			}
			if err := errors.Join(lerr, err); err != nil {
				yield(store.Info{}, err)
				return
			}
			if _, over := v.sum(info.Key); over || v.damaged[info.Key] {
				continue
			}
			if !yield(info, nil) {
				return
			}
		}
		for ; more; made, err, more = next() {
			if !yield(made, err) || err != nil {
				return
			}
		}
	}
}

// Delete implements store.Store: nothing that repairs deletes.
func (v *view) Delete(_ context.Context, key string) error {
	return fmt.Errorf("delete %s: nothing is deleted while a job is done again", key)
}
