package storetest

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pairmill/store"
)

func testPutOpen(t *testing.T, s store.Store) {
	for _, key := range []string{"a", "dir/file.tar", "dir/deep/er/ü €.json", "spaces and+plus%20&?#", strings.Repeat("k", 200)} {
		put(t, s, key, "content of "+key)
	}
	want(t, s, "dir/deep/er/ü €.json", "content of dir/deep/er/ü €.json")
	want(t, s, "spaces and+plus%20&?#", "content of spaces and+plus%20&?#")
	o, err := s.Open(t.Context(), "dir/file.tar")
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	if got := o.Info(); got.Key != "dir/file.tar" || got.Size != 23 {
		t.Errorf("info %+v, want 23 bytes at dir/file.tar", got)
	}
}

// testVersion: Open and List say the same of an object, every time, and something else of the next one at its key, even if
// that has the same size.
func testVersion(t *testing.T, s store.Store) {
	look := func() store.Info {
		t.Helper()
		o, err := s.Open(t.Context(), "k")
		if err != nil {
			t.Fatal(err)
		}
		defer o.Close()
		for info, err := range s.List(t.Context(), "k") {
			if err != nil || info != o.Info() {
				t.Errorf("list says %+v, %v, open %+v", info, err, o.Info())
			}
		}
		return o.Info()
	}
	put(t, s, "k", "first")
	before := look()
	put(t, s, "k", "first")
	if again := look(); again != before || before.Version == "" {
		t.Errorf("%+v, then %+v of an object that stayed", before, again)
	}
	if err := s.Delete(t.Context(), "k"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(10 * time.Millisecond) // a file system's clock may stand for so long
	put(t, s, "k", "other")
	if after := look(); after.Version == before.Version || after.Version == "" {
		t.Errorf("%+v, then %+v of another object", before, after)
	}
}

func testAbsent(t *testing.T, s store.Store) {
	put(t, s, "a/b/c", "x")
	for _, key := range []string{"z", "a", "a/b", "a/b/d", "a/b/c/d"} {
		wantNothing(t, s, key)
	}
}

func testBadKeys(t *testing.T, s store.Store) {
	long := strings.Repeat("k", 1025)
	for _, key := range []string{"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/.hidden", "a\x00b", "a\nb", `a\b`, "\xff", long} {
		_, err := s.Put(t.Context(), key, store.Bytes(nil))
		wantError(t, err, store.ErrBadKey)
		_, err = s.Open(t.Context(), key)
		wantError(t, err, store.ErrBadKey)
		wantError(t, s.Delete(t.Context(), key), store.ErrBadKey)
	}
	if got := keys(t, s, ""); got != nil {
		t.Errorf("list shows %q", got)
	}
}

// testReadAt: sequential and random reads may be mixed, from many goroutines.
func testReadAt(t *testing.T, s store.Store) {
	var b strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&b, "%06d", i)
	}
	content := b.String()
	put(t, s, "k", content)
	o, err := s.Open(t.Context(), "k")
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			buf := make([]byte, 600)
			for i := g; i < 1_000; i += 8 {
				if n, err := o.ReadAt(buf, int64(i*600)); n != 600 || err != nil && err != io.EOF || string(buf) != content[i*600:][:600] {
					t.Errorf("read at %d: %d bytes, %v", i*600, n, err)
				}
			}
		})
	}
	all, err := io.ReadAll(o)
	wg.Wait()
	if err != nil || string(all) != content {
		t.Errorf("sequential read: %d bytes, %v", len(all), err)
	}
	buf := make([]byte, 10)
	if n, err := o.ReadAt(buf, int64(len(content))-4); n != 4 || err != io.EOF {
		t.Errorf("read past the end: %d bytes, %v; want 4, EOF", n, err)
	}
	if n, err := o.ReadAt(buf, int64(len(content))+4); n != 0 || err != io.EOF {
		t.Errorf("read beyond the end: %d bytes, %v; want 0, EOF", n, err)
	}
}

// listed has neighbours of the slash on both sides, so that a walk by folders would misplace them.
var listed = []string{
	"a!c", "a-a", "a-b/c", "a.b/c", "a.tar", "a/b", "a/b-", "a/b.c/d", "a/c/d", "a/c/d.e", "a/c0", "a0", "aa",
	"b/1", "b/10", "b/2", "ä/ö",
}

func testListOrder(t *testing.T, s store.Store) {
	if !slices.IsSorted(listed) {
		t.Fatal("the table is not sorted")
	}
	for i := range listed {
		k := listed[i*7%len(listed)]
		put(t, s, k, strings.Repeat("x", len(k)))
	}
	var got []string
	for info, err := range s.List(t.Context(), "") {
		if err != nil || info.Size != int64(len(info.Key)) {
			t.Errorf("%+v, %v", info, err)
		}
		got = append(got, info.Key)
	}
	if !slices.Equal(got, listed) {
		t.Errorf("got  %q\nwant %q", got, listed)
	}
}

func testListPrefixes(t *testing.T, s store.Store) {
	for _, k := range listed {
		put(t, s, k, k)
	}
	for _, prefix := range []string{"", "a", "a/", "a/b", "a/b/", "a/c", "a/c/", "a/c/d", "a-", "a-b/", "a.", "b/1", "ä/", "/", "a//", "z", ".", "..", "../", "a/../", "./a", ".tmp", "aa/", "\xff"} {
		var want []string
		for _, k := range listed {
			if strings.HasPrefix(k, prefix) {
				want = append(want, k)
			}
		}
		if got := keys(t, s, prefix); !slices.Equal(got, want) {
			t.Errorf("prefix %q: got %q, want %q", prefix, got, want)
		}
	}
}

// testListStops: a reader may leave early, and may change the store while it reads.
func testListStops(t *testing.T, s store.Store) {
	for _, k := range listed {
		put(t, s, k, k)
	}
	n := 0
	for range s.List(t.Context(), "") {
		if n++; n == 3 {
			break
		}
	}
	for info, err := range s.List(t.Context(), "a/") {
		if err == nil {
			err = s.Delete(t.Context(), info.Key)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := keys(t, s, "a/"); got != nil {
		t.Errorf("after deleting: %q", got)
	}
}

func testDelete(t *testing.T, s store.Store) {
	put(t, s, "a/b", "first")
	put(t, s, "a/c", "stays")
	for _, key := range []string{"absent", "a", "a/b/c", "a/b", "a/b"} {
		if err := s.Delete(t.Context(), key); err != nil {
			t.Errorf("delete %q: %v", key, err)
		}
	}
	wantNothing(t, s, "a/b")
	put(t, s, "a/b", "second")
	want(t, s, "a/b", "second")
	want(t, s, "a/c", "stays")
	if _, err := store.ReadAll(t.Context(), s, "absent", 10); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("read of an absent object: %v", err)
	}
}
