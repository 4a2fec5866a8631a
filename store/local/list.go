package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"slices"
	"strings"

	"pairmill/store"
)

// List implements store.Store. It walks the folder as it goes, and holds the names of one folder per level: the
// largest folder sets its memory, not the number of objects.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		w := walk{ctx: ctx, prefix: prefix, yield: yield}
		if err := w.list(s.root); err != nil && !errors.Is(err, errStopped) {
			yield(store.Info{}, fmt.Errorf("list %s: %w", prefix, err))
		}
	}
}

// errStopped ends a walk whose reader has seen enough.
var errStopped = errors.New("reader stopped")

// walk is one listing.
type walk struct {
	ctx    context.Context
	prefix string
	yield  func(store.Info, error) bool
}

// list starts at the deepest folder that the prefix names whole.
func (w *walk) list(root *os.Root) error {
	at := strings.LastIndexByte(w.prefix, '/')
	if at < 0 {
		return w.folder(root, "")
	}
	dir := w.prefix[:at]
	if store.CheckKey(dir) != nil {
		return w.ctx.Err() // no key starts so
	}
	sub, err := openFolder(root, dir)
	if sub == nil {
		return errors.Join(err, w.ctx.Err())
	}
	defer sub.Close()
	return w.folder(sub, dir+"/")
}

// folder yields what is below dir, whose keys all start with at.
func (w *walk) folder(dir *os.Root, at string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	entries, err := fs.ReadDir(dir.FS(), ".")
	if err != nil {
		return err
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return !w.wanted(at, e) })
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(sortName(a), sortName(b)) })
	for _, e := range entries {
		if e.IsDir() {
			err = w.below(dir, at, e.Name())
		} else {
			err = w.file(dir, at, e.Name())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sortName puts a folder where its keys belong: "a/b" comes after "a-b" and "a.b", because of the slash.
func sortName(e fs.DirEntry) string {
	if e.IsDir() {
		return e.Name() + "/"
	}
	return e.Name()
}

// wanted tells whether an entry is, or can hold, an object that the prefix covers.
func (w *walk) wanted(at string, e fs.DirEntry) bool {
	if !e.IsDir() && !e.Type().IsRegular() || store.CheckKey(at+e.Name()) != nil {
		return false
	}
	full := at + sortName(e)
	return strings.HasPrefix(full, w.prefix) || e.IsDir() && strings.HasPrefix(w.prefix, full)
}

func (w *walk) below(dir *os.Root, at, name string) error {
	sub, err := openFolder(dir, name)
	if sub == nil {
		return err
	}
	defer sub.Close()
	return w.folder(sub, at+name+"/")
}

func (w *walk) file(dir *os.Root, at, name string) error {
	fi, err := dir.Lstat(name)
	if absent(err) {
		return nil // deleted since the folder was read
	}
	if err != nil {
		return err
	}
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if !w.yield(infoOf(at+name, fi), nil) {
		return errStopped
	}
	return nil
}

// openFolder returns nil without an error when there is no such folder.
func openFolder(root *os.Root, name string) (*os.Root, error) {
	fi, err := root.Lstat(name)
	if absent(err) || err == nil && !fi.IsDir() {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	sub, err := root.OpenRoot(name)
	if absent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return sub, nil
}
