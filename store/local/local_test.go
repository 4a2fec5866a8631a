package local

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pairmill/store"
	"pairmill/store/storetest"
)

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := New(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func put(t *testing.T, s *Store, key, content string) {
	t.Helper()
	if _, err := s.Put(t.Context(), key, store.Bytes([]byte(content))); err != nil {
		t.Fatal(err)
	}
}

func keys(t *testing.T, s *Store, prefix string) []string {
	t.Helper()
	var out []string
	for info, err := range s.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, info.Key)
	}
	return out
}

func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, t.TempDir()) })
}

// Two stores on one folder are two processes that share it.
func TestSharedFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, b := open(t, dir), open(t, dir)
	put(t, a, "x/y", "one")
	put(t, b, "x/y", "one")
	put(t, b, "x/z", "two")
	if _, err := a.Put(t.Context(), "x/z", store.Bytes([]byte("other"))); !errors.Is(err, store.ErrConflict) {
		t.Errorf("error %v, want ErrConflict", err)
	}
	if got := keys(t, a, ""); !slices.Equal(got, []string{"x/y", "x/z"}) {
		t.Errorf("list %q", got)
	}
}

func TestKeysThatAFolderCannotHold(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	put(t, s, "a/b", "x")
	for _, key := range []string{"a", "a/b/c", strings.Repeat("n", 256), "d/" + strings.Repeat("n", 256) + "/e"} {
		if _, err := s.Put(t.Context(), key, store.Bytes(nil)); !errors.Is(err, store.ErrBadKey) {
			t.Errorf("put %.20q: error %v, want ErrBadKey", key, err)
		}
		if _, err := s.Open(t.Context(), key); !errors.Is(err, store.ErrNotExist) {
			t.Errorf("open %.20q: error %v, want ErrNotExist", key, err)
		}
	}
}

// What is no object in the folder is neither shown nor followed.
func TestForeignFiles(t *testing.T) {
	t.Parallel()
	outside, dir := t.TempDir(), t.TempDir()
	secret := filepath.Join(outside, "secret")
	must(t, os.WriteFile(secret, []byte("secret"), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, ".hidden"), nil, 0o600))
	must(t, os.WriteFile(filepath.Join(dir, `back\slash`), nil, 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "real"), nil, 0o600))
	must(t, os.Symlink(secret, filepath.Join(dir, "link")))
	must(t, os.Symlink(outside, filepath.Join(dir, "out")))
	must(t, os.Symlink("real", filepath.Join(dir, "inside")))
	s := open(t, dir)
	if got := keys(t, s, ""); !slices.Equal(got, []string{"real"}) {
		t.Errorf("list %q", got)
	}
	for _, key := range []string{"link", "inside", "out/secret"} {
		if o, err := s.Open(t.Context(), key); err == nil {
			o.Close()
			t.Errorf("%s was opened", key)
		}
	}
	if _, err := s.Put(t.Context(), "out/new", store.Bytes(nil)); err == nil {
		t.Error("put through a link left the folder")
	}
	if err := s.Copy(t.Context(), "link", "copy"); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("copy of a link: %v", err)
	}
	if left, _ := os.ReadDir(outside); len(left) != 1 {
		t.Errorf("outside: %v", left)
	}
}

// A folder that somebody emptied behind the store's back is made again.
func TestFolderRemovedMeanwhile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	put(t, s, "runs/a/b", "x")
	must(t, os.RemoveAll(filepath.Join(dir, "runs")))
	put(t, s, "runs/a/b", "y")
	if got := keys(t, s, "runs/a"); !slices.Equal(got, []string{"runs/a/b"}) {
		t.Errorf("list %q", got)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
