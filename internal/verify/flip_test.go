package verify_test

import (
	"bytes"
	"context"
	"iter"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pairmill/internal/testutil"
	"pairmill/internal/verify"
	"pairmill/store"
	"pairmill/store/webdataset"
	"pairmill/workers/workerstest"
)

// offsets are where a byte of an object is changed: its ends, its middle and more; in a tar each header, content and
// padding.
func offsets(t *testing.T, key string, data []byte) []int {
	t.Helper()
	n := len(data)
	at := []int{0, n / 2, n - 9, n - 1}
	if path.Ext(key) == ".tar" {
		for s, err := range webdataset.Read(bytes.NewReader(data), key) {
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range s.Members {
				first, after := int(m.Offset), int(m.Offset)+len(m.Data)
				at = append(at, first-512+155, first-200, first+len(m.Data)/2, after)
			}
		}
	}
	slices.Sort(at)
	return slices.Compact(slices.DeleteFunc(at, func(i int) bool { return i < 0 || i >= n }))
}

// flip checks that a changed byte is blamed on its object alone, and on a place in it.
func flip(t *testing.T, s store.Store, key string, look func(store.Store) iter.Seq2[verify.Finding, error]) {
	data := read(t, s, key)
	for i, at := range offsets(t, key, data) {
		if testutil.Raced && i%4 != 0 {
			continue
		}
		changed := bytes.Clone(data)
		changed[at] ^= 0x01
		found := collect(t, look(damage(s, key, changed)))
		placed := false
		for _, f := range found {
			if f.Object != key && !f.Check.Note() {
				t.Errorf("byte %d of %s (%q): blamed %+v", at, key, data[max(0, at-20):min(at+20, len(data))], f)
			}
			placed = placed || f.Row != verify.Whole || f.Place != ""
		}
		if len(found) == 0 {
			t.Errorf("byte %d of %s (%q): nothing was found", at, key, data[max(0, at-20):min(at+20, len(data))])
		}
		if ext := path.Ext(key); !placed && (ext == ".tar" || ext == ".parquet") {
			t.Errorf("byte %d of %s: no place in %+v", at, key, found)
		}
	}
}

func TestOneByteOfADataset(t *testing.T) {
	t.Parallel()
	flipEach(t, version, func(s store.Store) iter.Seq2[verify.Finding, error] {
		return verify.Dataset(context.Background(), s, version, cfg)
	})
}

func TestOneByteOfARun(t *testing.T) {
	t.Parallel()
	flipEach(t, store.Run(workerstest.Run), func(s store.Store) iter.Seq2[verify.Finding, error] {
		return verify.Run(context.Background(), s, workerstest.Run, cfg)
	})
}

// flipEach flips bytes of one object of each kind.
func flipEach(t *testing.T, prefix string, look func(store.Store) iter.Seq2[verify.Finding, error]) {
	s, kinds := finished(t), map[string]bool{}
	for _, key := range keys(t, s, prefix) {
		kind := digits.ReplaceAllString(strings.TrimPrefix(key, prefix), "")
		if kinds[kind] {
			continue
		}
		kinds[kind] = true
		t.Run(strings.TrimPrefix(key, prefix), func(t *testing.T) {
			t.Parallel()
			flip(t, s, key, look)
		})
	}
}

// digits are what tells objects of one kind apart: numbers and hashes.
var digits = regexp.MustCompile(`\.[0-9a-f]{16}|[0-9]+`)
