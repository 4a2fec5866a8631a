package sink

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"pairmill/internal/specfile"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/faulty"
	"pairmill/store/mem"
)

// published is what two publish jobs committed.
func published(t *testing.T, s store.Store) (objects []schemas.Object) {
	t.Helper()
	for _, shard := range []string{"00000", "00001"} {
		for _, f := range []struct{ role, ext string }{
			{schemas.RoleTar, ".tar"}, {schemas.RoleTable, ".parquet"}, {schemas.RoleData, "-data.parquet"}, {schemas.RoleStats, "_stats.json"},
		} {
			b := store.Bytes([]byte(shard + f.role))
			o := schemas.Object{Role: f.role, For: shard, Rows: 7, Size: b.Size(), SHA256: b.SHA256(), Key: store.Hashed("runs/r/published/"+shard+f.ext, b.SHA256())}
			if _, err := s.Put(t.Context(), o.Key, b); err != nil {
				t.Fatal(err)
			}
			objects = append(objects, o)
		}
	}
	return objects
}

func release(s store.Store) Release {
	spec := specfile.Default()
	spec.Name, spec.Dataset.Name = "birds", "birds"
	sum := schemas.Summarize("r", schemas.Counts{Inputs: 16, Rows: 14, Dropped: map[schemas.Reason]int64{schemas.HTTPGone: 2}})
	return Release{Store: s, Spec: spec, Version: "v0001", Shards: 2, Summary: sum,
		Manifest: schemas.Manifest{Version: schemas.Version, Dataset: "birds", Name: "v0001", Run: "r", Rows: 14, Shards: 2}}
}

// plain are the names that img2dataset and Hugging Face's libraries look for.
var plain = []string{
	"README.md", "data/train-00000-of-00002.parquet", "data/train-00001-of-00002.parquet", "manifest.json",
	"shards/00000.parquet", "shards/00000.tar", "shards/00000_stats.json",
	"shards/00001.parquet", "shards/00001.tar", "shards/00001_stats.json", "shards/sizes.json", "stats.json",
}

func TestPublishGivesPlainNames(t *testing.T) {
	t.Parallel()
	s := mem.New()
	out, err := release(s).Publish(t.Context(), published(t, s))
	if err != nil {
		t.Fatal(err)
	}
	if got := names(t, s); !slices.Equal(got, plain) {
		t.Errorf("version holds %q, want %q", got, plain)
	}
	if len(out) != len(plain) || out[len(out)-1].Key != "datasets/birds/v0001/manifest.json" {
		t.Errorf("named %+v", out)
	}
	for _, o := range out {
		b, err := store.ReadAll(t.Context(), s, o.Key, 1<<20)
		if err != nil || store.Bytes(b).SHA256() != o.SHA256 || int64(len(b)) != o.Size {
			t.Errorf("%s is not as it is named: %v", o.Key, err)
		}
	}
	var m schemas.Manifest
	read(t, s, "manifest.json", &m)
	if len(m.Objects) != len(plain)-1 || !slices.IsSortedFunc(m.Objects, func(a, b schemas.Object) int { return strings.Compare(a.Key, b.Key) }) || m.Rows != 14 {
		t.Errorf("manifest %+v", m)
	}
	sizes := map[string]int64{}
	read(t, s, "shards/sizes.json", &sizes)
	if sizes["00000.tar"] != 7 || sizes["00001.tar"] != 7 || len(sizes) != 2 {
		t.Errorf("sizes.json %v", sizes)
	}
	card, err := store.ReadAll(t.Context(), s, "datasets/birds/v0001/README.md", 1<<20)
	if err != nil || !strings.HasPrefix(string(card), "---\n") || !strings.Contains(string(card), "http_gone") {
		t.Errorf("card %s, %v", card, err)
	}
}

// Each call fails in turn; the manifest is never there before all else is, and another try makes the version whole.
func TestPublishManifestIsLast(t *testing.T) {
	t.Parallel()
	for _, fault := range []faulty.Fault{faulty.Fail, faulty.Lost} {
		for n := 1; ; n++ {
			inner := mem.New()
			objects := published(t, inner)
			_, err := release(faulty.New(inner, faulty.At(n, fault))).Publish(t.Context(), objects)
			if err == nil {
				if n <= len(plain) {
					t.Errorf("only %d calls", n-1)
				}
				break
			}
			if !errors.Is(err, faulty.ErrInjected) {
				t.Fatal(err)
			}
			if got := names(t, inner); slices.Contains(got, "manifest.json") && len(got) != len(plain) {
				t.Errorf("call %d %s: a manifest over %q", n, fault, got)
			}
			if _, err := release(inner).Publish(t.Context(), objects); err != nil || !slices.Equal(names(t, inner), plain) {
				t.Errorf("call %d %s: again: %v", n, fault, err)
			}
		}
	}
}

func names(t *testing.T, s store.Store) (names []string) {
	t.Helper()
	for info, err := range s.List(t.Context(), "datasets/birds/v0001/") {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, strings.TrimPrefix(info.Key, "datasets/birds/v0001/"))
	}
	return names
}

func read(t *testing.T, s store.Store, name string, v any) {
	t.Helper()
	b, err := store.ReadAll(t.Context(), s, "datasets/birds/v0001/"+name, 1<<20)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
}
