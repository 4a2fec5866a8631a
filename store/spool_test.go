package store_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/mem"
)

func TestSpool(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, size := range []int{0, 1, 512, 256 << 10, 1<<20 + 7} {
		content := bytes.Repeat([]byte{byte(size), 'x', 0}, size)[:size]
		s, err := store.NewSpool(dir)
		if err != nil {
			t.Fatal(err)
		}
		for part := range chunks(content, 1000) {
			if n, err := s.Write(part); n != len(part) || err != nil {
				t.Fatal(n, err)
			}
		}
		b, err := s.Blob()
		if err != nil {
			t.Fatal(err)
		}
		if b.Size() != int64(size) || s.Size() != int64(size) || b.SHA256() != schemas.Hash(sha256.Sum256(content)) {
			t.Errorf("size %d: blob of %d bytes, %s", size, b.Size(), b.SHA256())
		}
		m := mem.New()
		if _, err := m.Put(t.Context(), "k", b); err != nil {
			t.Error(err)
		}
		if got, err := store.ReadAll(t.Context(), m, "k", 1<<30); err != nil || !bytes.Equal(got, content) {
			t.Errorf("size %d: read back %d bytes, %v", size, len(got), err)
		}
		if _, err := s.Write([]byte("late")); err == nil {
			t.Error("a write after Blob was taken")
		}
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			t.Error(err)
		}
		if _, err := b.ReadAt(make([]byte, 1), 0); err == nil || err == io.EOF && size > 0 {
			t.Errorf("read after Close: %v", err)
		}
	}
}

func chunks(b []byte, n int) func(func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for len(b) > 0 && yield(b[:min(n, len(b))]) {
			b = b[min(n, len(b)):]
		}
	}
}

// A spool has no name, so a killed process leaves nothing behind.
func TestSpoolHasNoName(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := store.NewSpool(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
	if _, err := store.NewSpool(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in an absent folder: %v", err)
	}
}
