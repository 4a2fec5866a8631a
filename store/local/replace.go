package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"

	"pairmill/store"
)

// Replace implements store.Replacer, by rename(2). Objects that share the old content by Copy keep it.
func (s *Store) Replace(ctx context.Context, key string, b store.Blob) error {
	err := check(ctx, key)
	if err == nil {
		err = s.written(ctx, b, func(name string) error { return s.over(name, key) })
	}
	if err != nil {
		return fmt.Errorf("replace %s: %w", key, err)
	}
	return nil
}

// over makes the synced file at from the object at key, whatever object stands there.
func (s *Store) over(from, key string) error {
	if fi, err := s.root.Lstat(key); err == nil && !fi.Mode().IsRegular() {
		return fmt.Errorf("%w: a folder or a special file stands there", store.ErrBadKey)
	}
	err := s.root.Rename(from, key)
	if errors.Is(err, os.ErrNotExist) {
		if err := s.makeDirs(path.Dir(key)); err != nil {
			return badPath(err)
		}
		err = s.root.Rename(from, key)
	}
	if err != nil {
		return badPath(err)
	}
	return s.syncTo(path.Dir(key))
}
