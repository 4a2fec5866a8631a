package store_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"pairmill/store"
)

func TestScratch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := store.NewScratch(dir)
	if err != nil {
		t.Fatal(err)
	}
	content := bytes.Repeat([]byte("0123456789"), 100_000)
	for part := range chunks(content, 777) {
		if _, err := s.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	r, err := s.Content()
	if err != nil || s.Size() != int64(len(content)) {
		t.Fatalf("%d bytes, %v", s.Size(), err)
	}
	if got, err := io.ReadAll(io.NewSectionReader(r, 10, s.Size())); err != nil || !bytes.Equal(got, content[10:]) {
		t.Errorf("%d bytes from the tenth on, %v", len(got), err)
	}
	if _, err := s.Write([]byte("late")); err == nil {
		t.Error("a write after Content was taken")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("it has a name: %v, %v", left, err)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if _, err := r.ReadAt(make([]byte, 1), 0); !errors.Is(err, os.ErrClosed) {
		t.Errorf("read after Close: %v", err)
	}
	if _, err := store.NewScratch(filepath.Join(dir, "absent")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("in an absent folder: %v", err)
	}
}
