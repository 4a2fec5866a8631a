// Package mem keeps objects in memory: the store of tests and of small dry runs.
//
// It has every promise of store.Store and is safe for concurrent use. Its one limit is memory. Faults are not its
// business: store/faulty adds them to any store.
package mem

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"

	"pairmill/store"
)

// Store is objects in memory. The zero value is not usable: call New.
type Store struct {
	mu      sync.RWMutex
	objects map[string]content // guarded by mu; contents are never changed
	keys    []string           // guarded by mu; the keys of objects, sorted
	created int64              // guarded by mu; objects so far
}

// content is what stands at a key; number tells it from what stood there before.
type content struct {
	data   []byte
	number int64
}

func (c content) info(key string) store.Info {
	return store.Info{Key: key, Size: int64(len(c.data)), Version: strconv.FormatInt(c.number, 10)}
}

var (
	_ store.Store    = (*Store)(nil)
	_ store.Copier   = (*Store)(nil)
	_ store.Replacer = (*Store)(nil)
)

// New makes an empty store.
func New() *Store { return &Store{objects: map[string]content{}} }

// Open implements store.Store.
func (s *Store) Open(ctx context.Context, key string) (store.Object, error) {
	c, err := s.get(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", key, err)
	}
	return object{bytes.NewReader(c.data), c.info(key)}, nil
}

func (s *Store) get(ctx context.Context, key string) (content, error) {
	if err := check(ctx, key); err != nil {
		return content{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	c, ok := s.objects[key]
	if !ok {
		return content{}, store.ErrNotExist
	}
	return c, nil
}

// Put implements store.Store.
func (s *Store) Put(ctx context.Context, key string, b store.Blob) (store.Info, error) {
	data, err := received(ctx, key, b)
	if err == nil {
		err = s.create(key, data, false)
	}
	if err != nil {
		return store.Info{}, fmt.Errorf("put %s: %w", key, err)
	}
	return store.Info{Key: key, Size: int64(len(data))}, nil
}

// Replace implements store.Replacer.
func (s *Store) Replace(ctx context.Context, key string, b store.Blob) error {
	data, err := received(ctx, key, b)
	if err == nil {
		err = s.create(key, data, true)
	}
	if err != nil {
		return fmt.Errorf("replace %s: %w", key, err)
	}
	return nil
}

// received is a blob's content, if the key is one.
func received(ctx context.Context, key string, b store.Blob) ([]byte, error) {
	if err := check(ctx, key); err != nil {
		return nil, err
	}
	var data bytes.Buffer
	err := store.WriteBlob(ctx, &data, b)
	return data.Bytes(), err
}

// Copy implements store.Copier.
func (s *Store) Copy(ctx context.Context, from, to string) error {
	c, err := s.get(ctx, from)
	if err == nil {
		err = check(ctx, to)
	}
	if err == nil {
		err = s.create(to, c.data, false)
	}
	if err != nil {
		return fmt.Errorf("copy %s to %s: %w", from, to, err)
	}
	return nil
}

// create is the one place where an object appears; over says that it may take the place of another.
func (s *Store) create(key string, b []byte, over bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, there := s.objects[key]
	switch {
	case there && !over && !bytes.Equal(old.data, b):
		return store.ErrConflict
	case there && !over:
		return nil
	case !there:
		at, _ := slices.BinarySearch(s.keys, key)
		s.keys = slices.Insert(s.keys, at, key)
	}
	s.created++
	s.objects[key] = content{b, s.created}
	return nil
}

// List implements store.Store. It shows the store as it was when the iteration began.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		for _, info := range s.snapshot(prefix) {
			if err := ctx.Err(); err != nil {
				yield(store.Info{}, fmt.Errorf("list %s: %w", prefix, err))
				return
			}
			if !yield(info, nil) {
				return
			}
		}
		if err := ctx.Err(); err != nil {
			yield(store.Info{}, fmt.Errorf("list %s: %w", prefix, err))
		}
	}
}

func (s *Store) snapshot(prefix string) []store.Info {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var out []store.Info
	at, _ := slices.BinarySearch(s.keys, prefix)
	for _, k := range s.keys[at:] {
		if !strings.HasPrefix(k, prefix) {
			break
		}
		out = append(out, s.objects[k].info(k))
	}
	return out
}

// Delete implements store.Store.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := check(ctx, key); err != nil {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := slices.BinarySearch(s.keys, key); ok {
		s.keys = slices.Delete(s.keys, at, at+1)
		delete(s.objects, key)
	}
	return nil
}

func check(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return store.CheckKey(key)
}

// object is an open object: content that stays as it is, even when the key is deleted.
type object struct {
	*bytes.Reader
	info store.Info
}

func (o object) Info() store.Info { return o.info }
func (o object) Close() error     { return nil }
