package storetest

import (
	"crypto/sha256"
	"strings"
	"testing"

	"pairmill/schemas"
	"pairmill/store"
)

// testReplace: content takes the place of other content, whole or not at all, and of nothing.
func testReplace(t *testing.T, s store.Store) {
	r, ok := s.(store.Replacer)
	if !ok {
		t.Fatal("the store is no store.Replacer: nothing damaged in it could be repaired")
	}
	large := strings.Repeat("large content ", 100_000)
	put(t, s, "a/b", "first")
	if err := store.Copy(t.Context(), s, "a/b", "a/copy"); err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"second", "second", large, "", "first"} {
		if err := r.Replace(t.Context(), "a/b", store.Bytes([]byte(content))); err != nil {
			t.Fatal(err)
		}
		want(t, s, "a/b", content)
	}
	put(t, s, "a/b", "first")     // what is there now is what Put compares with
	want(t, s, "a/copy", "first") // a copy is an object of its own
	if err := r.Replace(t.Context(), "new/object", store.Bytes([]byte("new"))); err != nil {
		t.Fatal(err)
	}
	want(t, s, "new/object", "new")
	liar := Blob{strings.NewReader("content"), 7, schemas.Hash{1}}
	wantError(t, r.Replace(t.Context(), "a/b", liar), store.ErrMismatch)
	short := Blob{strings.NewReader("content"), 8, sha256.Sum256([]byte("content"))}
	wantError(t, r.Replace(t.Context(), "a/b", short), store.ErrMismatch)
	want(t, s, "a/b", "first")
	wantError(t, r.Replace(t.Context(), "../x", store.Bytes(nil)), store.ErrBadKey)
	if got := keys(t, s, ""); strings.Join(got, " ") != "a/b a/copy new/object" {
		t.Errorf("listed %q", got)
	}
}
