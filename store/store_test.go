package store_test

import (
	"errors"
	"strings"
	"testing"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/mem"
)

func TestCheckKey(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"a", "a/b.c/d", "a b", "ü", "a..b", strings.Repeat("k", 1024)} {
		if err := store.CheckKey(key); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
	for _, key := range []string{"", "/", "a/", "/a", "a//b", "..", "a/./b", ".a", "a\x00", "a\x7f", `a\b`, "\xc3", strings.Repeat("k", 1025)} {
		if err := store.CheckKey(key); !errors.Is(err, store.ErrBadKey) {
			t.Errorf("%q: error %v, want ErrBadKey", key, err)
		}
	}
}

func TestKeys(t *testing.T) {
	t.Parallel()
	j := schemas.Job{Version: schemas.Version, Run: "r1", Task: schemas.TaskFetch, Group: "g0", Name: "p3"}
	retry := j
	retry.Generation = 2
	for got, want := range map[string]string{
		store.SpecKey("r1"):                              "runs/r1/spec.yaml",
		store.CommitKey(j):                               "runs/r1/commits/fetch/g0/fetch-p3.json",
		store.CommitKey(retry):                           "runs/r1/commits/fetch/g0/fetch-p3-g2.json",
		store.QuarantineKey(j):                           "runs/r1/quarantine/fetch/g0/fetch-p3.json",
		store.Hashed("a/b.tar", [32]byte{0xab, 7: 0xcd}): "a/b.ab000000000000cd.tar",
		store.Hashed("a.b/c", [32]byte{}):                "a.b/c.0000000000000000",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if err := store.CheckKey(got); err != nil {
			t.Error(err)
		}
	}
	if p := store.CommitPrefix("r1", schemas.StageFetch, "g0"); !strings.HasPrefix(store.CommitKey(j), p) {
		t.Errorf("%s does not list %s", p, store.CommitKey(j))
	}
}

func TestReadAllRefusesWhatIsTooLarge(t *testing.T) {
	t.Parallel()
	m := mem.New()
	if _, err := m.Put(t.Context(), "k", store.Bytes(make([]byte, 11))); err != nil {
		t.Fatal(err)
	}
	if _, err := store.ReadAll(t.Context(), m, "k", 10); err == nil || !strings.Contains(err.Error(), "11 bytes, limit 10") {
		t.Errorf("error %v", err)
	}
	if b, err := store.ReadAll(t.Context(), m, "k", 11); err != nil || len(b) != 11 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}

// plain hides that a store can copy.
type plain struct{ store.Store }

func TestCopyThroughTheCaller(t *testing.T) {
	t.Parallel()
	s := plain{mem.New()}
	if _, err := s.Put(t.Context(), "from", store.Bytes([]byte("content"))); err != nil {
		t.Fatal(err)
	}
	if err := store.Copy(t.Context(), s, "from", "to"); err != nil {
		t.Fatal(err)
	}
	if b, err := store.ReadAll(t.Context(), s, "to", 100); string(b) != "content" || err != nil {
		t.Errorf("%q, %v", b, err)
	}
	if err := store.Copy(t.Context(), s, "absent", "to"); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}
