package verify_test

import (
	"context"
	"iter"
	"path"
	"strings"
	"testing"

	"pairmill/internal/verify"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/mem"
	"pairmill/workers/workerstest"
)

// adopted returns a run over the shards that another run has delivered.
func adopted(t *testing.T, ending string) store.Store {
	t.Helper()
	from, s := delivered(t, schemas.DeliverWebDataset), mem.New()
	for _, key := range keys(t, from, "0") {
		if _, err := s.Put(t.Context(), key, store.Bytes(read(t, from, key))); err != nil {
			t.Fatal(err)
		}
	}
	spec := "version: 1\nname: small\nsource: {shards: {tars: ['*.tar']}}\nfilter: {min_chars: 0, min_words: 0, min_side: 16}\n" + ending + "\n"
	if err := (workerstest.Pipeline{Store: s, Spec: []byte(spec)}).Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAdoptedShards(t *testing.T) {
	t.Parallel()
	for name, ending := range map[string]string{
		"kept":           "embed: {model: ''}\ndeliver: {format: none}",
		"into a dataset": "embed: {model: builtin, batch: 2}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := adopted(t, ending)
			for _, f := range collect(t, verify.Store(t.Context(), s, cfg)) {
				t.Errorf("%+v", f)
			}
			look := func(s store.Store) iter.Seq2[verify.Finding, error] {
				return verify.Run(context.Background(), s, workerstest.Run, cfg)
			}
			for _, key := range ofEachKind(keys(t, s, "")) {
				inRun := strings.HasPrefix(key, store.Run(workerstest.Run)+"shards/") || strings.Contains(key, "/parts/fetch/")
				if inRun || name == "kept" && path.Ext(key) == ".tar" && strings.HasPrefix(key, "0") {
					t.Run(key, func(t *testing.T) { flip(t, s, key, look) })
				}
			}
		})
	}
}
