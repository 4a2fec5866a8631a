package verify_test

import (
	"bytes"
	"strings"
	"testing"

	"pairmill/internal/specfile"
	"pairmill/internal/verify"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/mem"
	"pairmill/workers/workerstest"
)

// furtherRun returns a crawl, or a list, of which a retry has brought back pictures that had been too large: it has made two
// versions of a dataset. Tests only read it.
func furtherRun(t *testing.T, source string) store.Store {
	t.Helper()
	return further.get(t, source, goOn)
}

var further library

func goOn(t *testing.T, source string) store.Store {
	t.Helper()
	site := workerstest.Site(t)
	text := workerstest.Spec(site, "curate: {min_similarity: 0.3}\n")
	if source == "list" {
		text = bytes.Replace(workerstest.ListSpec(workerstest.List(t, site)), []byte("embed: {model: \"\"}\ndeliver: {format: webdataset}\n"),
			[]byte("embed: {model: builtin, batch: 2}\ndataset: {shard_samples: 3}\n"), 1)
	}
	text = bytes.Replace(text, []byte("  tries: 1\n"), []byte("  tries: 1\n  max_bytes: 400\n"), 1)
	spec, err := specfile.Parse("spec.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	spec.Fetch.MaxBytes = 1 << 20
	s := mem.New()
	p := workerstest.Pipeline{Store: s, Spec: text}
	if err := p.Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	g := schemas.Generation{Version: schemas.Version, Number: 1, Retry: []schemas.Reason{schemas.BodyTooLarge}, Fetch: &spec.Fetch}
	if err := ledger.PutGeneration(t.Context(), s, workerstest.Run, g); err != nil {
		t.Fatal(err)
	}
	if err := p.Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNothingToFindInVersions(t *testing.T) {
	t.Parallel()
	for _, source := range []string{"web", "list"} {
		s := furtherRun(t, source)
		for _, f := range collect(t, verify.Store(t.Context(), s, cfg)) {
			t.Errorf("%s: %+v", source, f)
		}
		for _, v := range []string{"datasets/small/v0001/", "datasets/small/v0002/"} {
			for _, f := range collect(t, verify.Dataset(t.Context(), s, v, cfg)) {
				t.Errorf("%s, %s: %+v", source, v, f)
			}
		}
	}
}

// A changed byte of what a further generation has written is blamed on its object.
func TestOneByteOfAFurtherGeneration(t *testing.T) {
	t.Parallel()
	s := furtherRun(t, "web")
	for _, key := range ofEachKind(keys(t, s, store.Run(workerstest.Run))) {
		if strings.Contains(key, "n00001") || strings.Contains(key, "-g1.json") {
			t.Run(key, func(t *testing.T) {
				t.Parallel()
				flip(t, s, key, runOf)
			})
		}
	}
}

// What one version says of the run is held against the generations up to its own.
func TestVersionsOfOneRun(t *testing.T) {
	t.Parallel()
	s := furtherRun(t, "list")
	for _, c := range []struct{ name, from, to, object string }{
		{"manifest", `"generation": 1`, `"generation": 0`, "datasets/small/v0002/manifest.json"},
		{"claim", `"generation":1`, `"generation":2`, "datasets/small/claims/v0002.json"},
		{"stats of the first", `"rows": `, `"rows": 1`, "datasets/small/v0001/stats.json"},
		{"stats of the second", `"rows": `, `"rows": 1`, "datasets/small/v0002/stats.json"},
	} {
		data := read(t, s, c.object)
		if !bytes.Contains(data, []byte(c.from)) {
			t.Fatalf("%s has no %s: %s", c.object, c.from, data)
		}
		found := collect(t, runOf(damage(s, c.object, bytes.Replace(data, []byte(c.from), []byte(c.to), 1))))
		if len(found) == 0 {
			t.Errorf("%s: nothing was found", c.name)
		}
		for _, f := range found {
			if f.Object != c.object {
				t.Errorf("%s: blamed %+v", c.name, f)
			}
		}
	}
}
