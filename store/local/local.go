// Package local keeps objects as files in a folder: the store of a laptop, and of a mounted disk.
//
// A key is the file's path below the folder, so everything in it can be looked at with ordinary tools. An object
// appears by link(2), which never replaces anything and never shows half a file; content and directory entries are
// synced before a call returns, so what was put survives a power failure. Any number of processes may share the
// folder. What the medium asks for:
//
//   - the file system must have hard links and flock(2); a file system without them fails the first Put;
//   - an object cannot stand at "a" while others stand below "a/", and no part of a key may be longer than the
//     file system's names (255 bytes on most): such a Put is store.ErrBadKey;
//   - files whose path is not a key (names that start with a dot, say), symbolic links and devices are no objects:
//     they are neither listed nor opened. No path leaves the folder through a symbolic link (os.Root).
package local

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"sync"
	"syscall"
	"time"

	"pairmill/schemas"
	"pairmill/store"
)

// Store is a folder of objects, safe for concurrent use.
type Store struct {
	root *os.Root

	mu      sync.Mutex
	scratch *scratch        // guarded by mu; nil until the first Put
	durable map[string]bool // guarded by mu; folders whose own entry, up to the root, was synced by this Store
}

var (
	_ store.Store    = (*Store)(nil)
	_ store.Copier   = (*Store)(nil)
	_ store.Replacer = (*Store)(nil)
)

// New opens the folder at dir, making it if it is absent, and removes what killed processes left half written.
func New(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := sweep(root); err != nil {
		root.Close()
		return nil, fmt.Errorf("open store %s: %w", dir, err)
	}
	return &Store{root: root, durable: map[string]bool{".": true}}, nil
}

// Close gives up the folder; open objects stay open. No other method may be running or follow.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.scratch != nil {
		err = s.scratch.close()
	}
	if err := errors.Join(err, s.root.Close()); err != nil {
		return fmt.Errorf("close store %s: %w", s.root.Name(), err)
	}
	return nil
}

// Open implements store.Store.
func (s *Store) Open(ctx context.Context, key string) (store.Object, error) {
	if err := check(ctx, key); err != nil {
		return nil, fmt.Errorf("open %s: %w", key, err)
	}
	o, err := s.open(key)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", key, err)
	}
	return o, nil
}

func (s *Store) open(key string) (*object, error) {
	fi, err := s.root.Lstat(key)
	if absent(err) || err == nil && !fi.Mode().IsRegular() {
		return nil, store.ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	f, err := s.root.Open(key)
	if absent(err) {
		return nil, store.ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	return &object{f, infoOf(key, fi)}, nil
}

// Put implements store.Store.
func (s *Store) Put(ctx context.Context, key string, b store.Blob) (store.Info, error) {
	err := check(ctx, key)
	if err == nil {
		err = s.put(ctx, key, b)
	}
	if err != nil {
		return store.Info{}, fmt.Errorf("put %s: %w", key, err)
	}
	return store.Info{Key: key, Size: b.Size()}, nil
}

func (s *Store) put(ctx context.Context, key string, b store.Blob) error {
	return s.written(ctx, b, func(name string) error {
		return s.publish(ctx, name, key, b.Size(), func() (schemas.Hash, error) { return b.SHA256(), nil })
	})
}

// written calls use with the name of a synced scratch file that has the blob's content, and removes what is left of it.
func (s *Store) written(ctx context.Context, b store.Blob, use func(name string) error) error {
	sc, err := s.openScratch()
	if err != nil {
		return err
	}
	f, name, err := sc.create()
	if err != nil {
		return err
	}
	defer s.root.Remove(name)
	err = store.WriteBlob(ctx, f, b)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return use(name)
}

// Copy implements store.Copier, by a hard link: the content is on the disk once.
func (s *Store) Copy(ctx context.Context, from, to string) error {
	err := check(ctx, from)
	if err == nil {
		err = check(ctx, to)
	}
	if err == nil {
		err = s.copy(ctx, from, to)
	}
	if err != nil {
		return fmt.Errorf("copy %s to %s: %w", from, to, err)
	}
	return nil
}

func (s *Store) copy(ctx context.Context, from, to string) error {
	o, err := s.open(from)
	if err != nil {
		return err
	}
	defer o.Close()
	return s.publish(ctx, from, to, o.info.Size, func() (schemas.Hash, error) {
		sum, _, err := store.HashOf(ctx, o)
		return sum, err
	})
}

// Delete implements store.Store. Folders that become empty stay: another process may be about to link into them.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := check(ctx, key); err != nil {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	fi, err := s.root.Lstat(key)
	if absent(err) || err == nil && !fi.Mode().IsRegular() {
		return nil
	}
	if err == nil {
		err = s.root.Remove(key)
	}
	if err == nil {
		err = s.syncDir(path.Dir(key))
	}
	if err != nil && !absent(err) {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	return nil
}

func check(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return store.CheckKey(key)
}

// absent tells that nothing stands at a path, whether its folder is missing, is a file, or cannot be named so.
func absent(err error) bool {
	return errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ENAMETOOLONG)
}

// object is an open file.
type object struct {
	*os.File
	info store.Info
}

// Info implements store.Object.
func (o *object) Info() store.Info { return o.info }

// infoOf describes a file. Its version is the time of its last change.
func infoOf(key string, fi os.FileInfo) store.Info {
	return store.Info{Key: key, Size: fi.Size(), Version: fi.ModTime().UTC().Format(time.RFC3339Nano)}
}
