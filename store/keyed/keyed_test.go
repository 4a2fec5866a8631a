package keyed

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pairmill/store"
	"pairmill/store/mem"
)

// keyOf is the key of the i-th member of a family, which stands together with the others.
func keyOf(family, i int) (k Key) {
	f := sha256.Sum256(binary.AppendUvarint(nil, uint64(family)))
	m := sha256.Sum256(fmt.Appendf(nil, "%d/%d", family, i))
	copy(k[:4], f[:])
	copy(k[4:], m[:])
	return k
}

func valueOf(k Key) []byte { return bytes.Repeat(k[:], int(k[15])%40) } // some are empty

func sorted(keys []Key) []Key {
	slices.SortFunc(keys, func(a, b Key) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(keys)
}

// written is a file of these keys.
func written(t testing.TB, keys []Key) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b)
	for _, k := range keys {
		if err := w.Add(k, valueOf(k)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w.Keys() != int64(len(keys)) {
		t.Errorf("%d keys, want %d", w.Keys(), len(keys))
	}
	return b.Bytes()
}

func opened(t testing.TB, data []byte) (*File, error) {
	t.Helper()
	s := mem.New()
	if _, err := s.Put(t.Context(), "x.keyed", store.Bytes(data)); err != nil {
		t.Fatal(err)
	}
	return Open(t.Context(), s, "x.keyed")
}

func TestFind(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 1000, segmentKeys + 7} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			var keys, asked []Key
			for i := range n {
				keys = append(keys, keyOf(i/50, i))
			}
			keys = sorted(keys)
			f, err := opened(t, written(t, keys))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for range 3000 {
				asked = append(asked, keyOf(rand.IntN(n/50+10), rand.IntN(n+100)))
			}
			asked = append(asked, Key{}, Key(bytes.Repeat([]byte{255}, 16)))
			if n > 0 {
				asked = append(asked, keys[0], keys[n-1], keys[n/2])
			}
			asked = sorted(asked)
			found, err := f.Find(t.Context(), asked)
			if err != nil || len(found) != len(asked) || f.Keys() != int64(n) {
				t.Fatalf("%d values for %d keys of %d, %v", len(found), len(asked), f.Keys(), err)
			}
			for i, k := range asked {
				_, there := slices.BinarySearchFunc(keys, k, func(a, b Key) int { return bytes.Compare(a[:], b[:]) })
				if there != (found[i] != nil) || there && !bytes.Equal(found[i], valueOf(k)) {
					t.Fatalf("key %x: there %t, found %x", k, there, found[i])
				}
			}
		})
	}
}

// counted counts what is read.
type counted struct {
	store.Object
	reads, bytes int
}

func (c *counted) ReadAt(p []byte, at int64) (int, error) {
	c.reads++
	c.bytes += len(p)
	return c.Object.ReadAt(p, at)
}

// TestFindReadsLittle: what belongs together comes together, and what is not there is hardly looked for.
func TestFindReadsLittle(t *testing.T) {
	t.Parallel()
	const n = 80_000
	var keys []Key
	for i := range n {
		keys = append(keys, keyOf(i/1000, i))
	}
	f, err := opened(t, written(t, sorted(keys)))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var family, absent []Key
	for i := range 1000 {
		family = append(family, keyOf(7, 7000+i))
		absent = append(absent, keyOf(7, -i-1))
	}
	for _, c := range []struct {
		name  string
		keys  []Key
		reads int
		found int
	}{
		{"one family", sorted(family), 2, 1000},
		{"absent", sorted(absent), 2, 0},
		{"scattered", sorted([]Key{keyOf(1, 1000), keyOf(50, 50_000), keyOf(77, 77_000)}), 3, 3},
	} {
		o := &counted{Object: f.object}
		looked := &File{key: f.key, object: o, tail: f.tail}
		plan := looked.plan(c.keys)
		found := make([][]byte, len(c.keys))
		for _, r := range plan {
			if err := looked.read(r, c.keys, found); err != nil {
				t.Fatal(err)
			}
		}
		got := 0
		for _, v := range found {
			if v != nil {
				got++
			}
		}
		if got != c.found || o.reads > c.reads {
			t.Errorf("%s: %d found in %d reads of %d bytes, want %d in %d", c.name, got, o.reads, o.bytes, c.found, c.reads)
		}
		if c.found == 0 { // those that the filter lets pass
			passed := 0
			for _, r := range plan {
				for _, w := range r.blocks {
					passed += len(w.keys)
				}
			}
			if passed > len(c.keys)/20 {
				t.Errorf("%s: the filter let %d of %d pass", c.name, passed, len(c.keys))
			}
		}
	}
}

// TestDamage: whatever a byte is changed to, and wherever a file ends, no wrong value comes of it.
func TestDamage(t *testing.T) {
	t.Parallel()
	var keys []Key
	for i := range 2000 {
		keys = append(keys, keyOf(i/50, i))
	}
	keys = sorted(keys)
	good := written(t, keys)
	refused := 0
	look := func(data []byte) {
		f, err := opened(t, data)
		if err == nil {
			defer f.Close()
			var found [][]byte
			if found, err = f.Find(t.Context(), keys); err == nil {
				for i, v := range found {
					if !bytes.Equal(v, valueOf(keys[i])) {
						t.Fatalf("key %x: %x", keys[i], v)
					}
				}
				return
			}
		}
		if !errors.Is(err, errDamaged) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("error %v", err)
		}
		refused++
	}
	const tries = 150
	for range tries {
		bad := bytes.Clone(good)
		bad[rand.IntN(len(bad))] ^= byte(1 + rand.IntN(255))
		look(bad)
	}
	if refused < tries-2 {
		t.Errorf("%d of %d changes were refused", refused, tries)
	}
	for range 50 {
		look(good[:rand.IntN(len(good))])
	}
}

func TestWriterRefuses(t *testing.T) {
	t.Parallel()
	a, b := sorted([]Key{keyOf(1, 1), keyOf(1, 2)})[0], sorted([]Key{keyOf(1, 1), keyOf(1, 2)})[1]
	for _, order := range [][]Key{{b, a}, {a, a}} {
		w := NewWriter(io.Discard)
		if err := w.Add(order[0], nil); err != nil {
			t.Fatal(err)
		}
		if err := w.Add(order[1], nil); err == nil || !strings.Contains(err.Error(), "comes after") {
			t.Errorf("keys out of order: %v", err)
		}
		if err := w.Close(); err == nil {
			t.Error("closed all the same")
		}
	}
}

// FuzzOpen opens anything.
func FuzzOpen(f *testing.F) {
	f.Add(written(f, sorted([]Key{keyOf(1, 1), keyOf(1, 2), keyOf(2, 1)})))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := opened(t, data)
		if err != nil {
			return
		}
		defer x.Close()
		_, _ = x.Find(t.Context(), []Key{keyOf(1, 1)})
	})
}
