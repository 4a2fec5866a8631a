package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"syscall"

	"pairmill/schemas"
	"pairmill/store"
)

// publish makes the synced file at from an object at key, create-only. When something stands there already, it is
// held against size and sum: equal content is success, any other is store.ErrConflict.
func (s *Store) publish(ctx context.Context, from, key string, size int64, sum func() (schemas.Hash, error)) error {
	err := s.root.Link(from, key)
	if errors.Is(err, os.ErrNotExist) {
		if err := s.makeDirs(path.Dir(key)); err != nil {
			return badPath(err)
		}
		err = s.root.Link(from, key)
	}
	switch {
	case errors.Is(err, os.ErrExist):
		err = s.same(ctx, key, size, sum)
	case err != nil:
		err = badPath(err)
	}
	if err != nil {
		return err
	}
	// Also when it was there before: whoever linked it may not have come as far as this.
	return s.syncTo(path.Dir(key))
}

// same compares the object at key with content of the given size and sha256.
func (s *Store) same(ctx context.Context, key string, size int64, sum func() (schemas.Hash, error)) error {
	o, err := s.open(key)
	if errors.Is(err, store.ErrNotExist) {
		return fmt.Errorf("%w: a folder or a special file stands there", store.ErrBadKey)
	}
	if err != nil {
		return err
	}
	defer o.Close()
	if o.info.Size != size {
		return fmt.Errorf("%w: %d bytes, now %d", store.ErrConflict, o.info.Size, size)
	}
	there, _, err := store.HashOf(ctx, o)
	if err != nil {
		return err
	}
	want, err := sum()
	if err != nil {
		return err
	}
	if there != want {
		return fmt.Errorf("%w: sha256 %s, now %s", store.ErrConflict, there, want)
	}
	return nil
}

// badPath tells keys that this medium cannot hold from trouble with the disk.
func badPath(err error) error {
	if errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENAMETOOLONG) {
		return fmt.Errorf("%w on a file system: %w", store.ErrBadKey, err)
	}
	return err
}

// makeDirs makes dir and what is missing above it.
func (s *Store) makeDirs(dir string) error {
	s.mu.Lock()
	for d := dir; d != "."; d = path.Dir(d) {
		delete(s.durable, d) // somebody removed it since
	}
	s.mu.Unlock()
	return s.root.MkdirAll(dir, 0o755)
}

// syncTo makes the entries of dir durable, and dir's own entry in each folder above it.
func (s *Store) syncTo(dir string) error {
	if err := s.syncDir(dir); err != nil {
		return err
	}
	s.mu.Lock()
	known := s.durable[dir]
	s.mu.Unlock()
	if known {
		return nil
	}
	if err := s.syncTo(path.Dir(dir)); err != nil {
		return err
	}
	s.mu.Lock()
	s.durable[dir] = true
	s.mu.Unlock()
	return nil
}

func (s *Store) syncDir(dir string) error {
	d, err := s.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
