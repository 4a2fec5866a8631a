package storetest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"pairmill/schemas"
	"pairmill/store"
)

func testConflict(t *testing.T, s store.Store) {
	put(t, s, "a/b", "first")
	for _, other := range []string{"second", "FIRST", ""} {
		_, err := s.Put(t.Context(), "a/b", store.Bytes([]byte(other)))
		wantError(t, err, store.ErrConflict)
	}
	put(t, s, "a/b", "first")
	want(t, s, "a/b", "first")
}

func testEmpty(t *testing.T, s store.Store) {
	put(t, s, "empty", "")
	put(t, s, "empty", "")
	want(t, s, "empty", "")
}

// testMismatch: content that lies about itself is refused, and leaves the key free.
func testMismatch(t *testing.T, s store.Store) {
	content := "the content"
	sum := schemas.Hash(sha256.Sum256([]byte(content)))
	long := strings.Repeat("x", 1<<20)
	for name, b := range map[string]store.Blob{
		"shorter than announced": Blob{strings.NewReader(content), int64(len(content)) + 1, sum},
		"longer than announced":  Blob{strings.NewReader(content), int64(len(content)) - 1, sum},
		"empty":                  Blob{strings.NewReader(""), 5, sum},
		"other sha256":           Blob{strings.NewReader(content), int64(len(content)), schemas.Hash{1}},
		"ends midway":            Blob{strings.NewReader(long), 2 << 20, sha256.Sum256([]byte(long))},
	} {
		if _, err := s.Put(t.Context(), "k/"+name, b); !errors.Is(err, store.ErrMismatch) {
			t.Errorf("%s: error %v, want ErrMismatch", name, err)
		}
		wantNothing(t, s, "k/"+name)
		put(t, s, "k/"+name, "then the right one")
	}
}

// testReaderBreaks: the reader's own error comes back, and nothing is left.
func testReaderBreaks(t *testing.T, s store.Store) {
	broken := errors.New("disk on fire")
	b := Blob{ReaderFunc(func(p []byte, off int64) (int, error) {
		if off >= 300_000 {
			return 0, broken
		}
		return copy(p, strings.Repeat("y", len(p))), nil
	}), 1 << 20, schemas.Hash{}}
	_, err := s.Put(t.Context(), "k", b)
	wantError(t, err, broken)
	wantNothing(t, s, "k")
}

func testCancelled(t *testing.T, s store.Store) {
	put(t, s, "there", "x")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Put(ctx, "new", store.Bytes([]byte("x")))
	wantError(t, err, context.Canceled)
	o, err := s.Open(ctx, "there")
	wantError(t, err, context.Canceled)
	if o != nil {
		t.Error("an object came with the error")
	}
	wantError(t, s.Delete(ctx, "there"), context.Canceled)
	for _, prefix := range []string{"", "nothing here", "there"} {
		var last error
		for _, err := range s.List(ctx, prefix) {
			last = err
		}
		wantError(t, last, context.Canceled)
	}
	wantNothing(t, s, "new")
	want(t, s, "there", "x")
}

// testCancelledMidway: a context that ends while content is read stops the put.
func testCancelledMidway(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	content := strings.Repeat("z", 1<<20)
	b := Blob{ReaderFunc(func(p []byte, off int64) (int, error) {
		if off > 0 {
			cancel()
		}
		return strings.NewReader(content).ReadAt(p, off)
	}), int64(len(content)), sha256.Sum256([]byte(content))}
	_, err := s.Put(ctx, "k", b)
	if err == nil { // it came too late to be heeded: then everything is there
		want(t, s, "k", content)
		return
	}
	wantError(t, err, context.Canceled)
	wantNothing(t, s, "k")
}

const writers = 16

// race runs writers at once on one key and returns their errors.
func race(t *testing.T, s store.Store, content func(i int) string) [writers]error {
	var errs [writers]error
	var ready, done sync.WaitGroup
	ready.Add(writers)
	for i := range writers {
		done.Go(func() {
			b := store.Bytes([]byte(content(i)))
			ready.Done()
			ready.Wait()
			_, errs[i] = s.Put(t.Context(), "deep/er/race", b)
		})
	}
	done.Wait()
	return errs
}

func testRaceSame(t *testing.T, s store.Store) {
	content := strings.Repeat("same", 10_000)
	for i, err := range race(t, s, func(int) string { return content }) {
		if err != nil {
			t.Errorf("writer %d: %v", i, err)
		}
	}
	want(t, s, "deep/er/race", content)
}

// testRaceOther: exactly one of the writers wins, and its content stands.
func testRaceOther(t *testing.T, s store.Store) {
	content := func(i int) string { return strings.Repeat(fmt.Sprintf("%4d", i), 10_000) }
	winner := oneWinner(t, race(t, s, content))
	want(t, s, "deep/er/race", content(winner))
}

// oneWinner asserts that exactly one of the writers succeeded and that the others met it.
func oneWinner(t *testing.T, errs [writers]error) int {
	t.Helper()
	winner := -1
	for i, err := range errs {
		switch {
		case err != nil:
			wantError(t, err, store.ErrConflict)
		case winner >= 0:
			t.Errorf("writers %d and %d both won", winner, i)
		default:
			winner = i
		}
	}
	if winner < 0 {
		t.Fatal("nobody won")
	}
	return winner
}

// testBig crosses every buffer, and the part size of multipart uploads.
func testBig(t *testing.T, s store.Store) {
	content := make([]byte, 12<<20+1)
	rand.NewChaCha8([32]byte{1}).Read(content)
	big := store.Bytes(content)
	if _, err := s.Put(t.Context(), "big", big); err != nil {
		t.Fatal(err)
	}
	o, err := s.Open(t.Context(), "big")
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if sum, n, err := store.HashOf(t.Context(), o); sum != big.SHA256() || n != big.Size() || err != nil {
		t.Errorf("read back %d bytes, sha256 %s, %v; want %d, %s", n, sum, err, big.Size(), big.SHA256())
	}
}

func testCopy(t *testing.T, s store.Store) {
	put(t, s, "from", "content")
	put(t, s, "other", "other")
	for range 2 {
		if err := store.Copy(t.Context(), s, "from", "x/y/to"); err != nil {
			t.Fatal(err)
		}
	}
	wantError(t, store.Copy(t.Context(), s, "other", "x/y/to"), store.ErrConflict)
	wantError(t, store.Copy(t.Context(), s, "absent", "z"), store.ErrNotExist)
	wantError(t, store.Copy(t.Context(), s, "from", "../z"), store.ErrBadKey)
	if err := s.Delete(t.Context(), "from"); err != nil {
		t.Fatal(err)
	}
	want(t, s, "x/y/to", "content")
	wantNothing(t, s, "z")
}

// testCopyRace: copies keep Put's promise of one winner, also when a store makes them of parts.
func testCopyRace(t *testing.T, s store.Store) {
	content := func(i int) string { return strings.Repeat(fmt.Sprintf("%4d", i), 50_000) }
	for i := range writers {
		put(t, s, fmt.Sprint("from/", i), content(i))
	}
	var errs [writers]error
	var ready, done sync.WaitGroup
	ready.Add(writers)
	for i := range writers {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			errs[i] = store.Copy(t.Context(), s, fmt.Sprint("from/", i), "to")
		})
	}
	done.Wait()
	winner := oneWinner(t, errs)
	want(t, s, "to", content(winner))
}
