// Package storetest is the suite that every store passes: the promises of store.Store, one test each.
package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"testing"

	"pairmill/schemas"
	"pairmill/store"
)

// Run tests the stores that open makes; each call of open gives an empty one.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, store.Store){
		"absent":           testAbsent,
		"bad keys":         testBadKeys,
		"big object":       testBig,
		"cancelled":        testCancelled,
		"cancelled midway": testCancelledMidway,
		"conflict":         testConflict,
		"copy":             testCopy,
		"copy, race":       testCopyRace,
		"delete":           testDelete,
		"empty object":     testEmpty,
		"list order":       testListOrder,
		"list prefixes":    testListPrefixes,
		"list stops":       testListStops,
		"mismatch":         testMismatch,
		"put and open":     testPutOpen,
		"race, other":      testRaceOther,
		"race, same":       testRaceSame,
		"read at":          testReadAt,
		"reader breaks":    testReaderBreaks,
		"replace":          testReplace,
		"version":          testVersion,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// Blob is content that can lie about itself, for tests of stores.
type Blob struct {
	io.ReaderAt
	Length int64
	Sum    schemas.Hash
}

// Size implements store.Blob.
func (b Blob) Size() int64 { return b.Length }

// SHA256 implements store.Blob.
func (b Blob) SHA256() schemas.Hash { return b.Sum }

// ReaderFunc is a reader made of a function.
type ReaderFunc func(p []byte, off int64) (int, error)

// ReadAt implements io.ReaderAt.
func (f ReaderFunc) ReadAt(p []byte, off int64) (int, error) { return f(p, off) }

func put(t *testing.T, s store.Store, key, content string) {
	t.Helper()
	info, err := s.Put(t.Context(), key, store.Bytes([]byte(content)))
	if err != nil {
		t.Fatalf("put %q: %v", key, err)
	}
	if want := (store.Info{Key: key, Size: int64(len(content))}); info != want {
		t.Fatalf("put %q returned %+v, want %+v", key, info, want)
	}
}

func want(t *testing.T, s store.Store, key, content string) {
	t.Helper()
	got, err := store.ReadAll(t.Context(), s, key, 1<<30)
	if err != nil {
		t.Fatalf("read %q: %v", key, err)
	}
	if sha256.Sum256(got) != sha256.Sum256([]byte(content)) {
		t.Fatalf("%q holds %.40q (%d bytes), want %.40q (%d bytes)", key, got, len(got), content, len(content))
	}
}

// wantNothing asserts that no part of a key is visible.
func wantNothing(t *testing.T, s store.Store, key string) {
	t.Helper()
	if o, err := s.Open(context.WithoutCancel(t.Context()), key); !errors.Is(err, store.ErrNotExist) {
		if err == nil {
			o.Close()
		}
		t.Errorf("open %q: error %v, want ErrNotExist", key, err)
	}
	for info, err := range s.List(context.WithoutCancel(t.Context()), key) {
		if info.Key == key || err != nil {
			t.Errorf("list shows %+v, %v, want nothing", info, err)
		}
	}
}

func wantError(t *testing.T, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("error %v, want %v", err, target)
	}
}

// keys lists; an error ends the test.
func keys(t *testing.T, s store.Store, prefix string) []string {
	t.Helper()
	var out []string
	for info, err := range s.List(t.Context(), prefix) {
		if err != nil {
			t.Fatalf("list %q: %v", prefix, err)
		}
		out = append(out, info.Key)
	}
	return out
}
