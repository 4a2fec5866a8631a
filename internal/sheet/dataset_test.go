package sheet_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"pairmill/internal/sheet"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/local"
	"pairmill/store/table"
	"pairmill/workers/workerstest"
)

// publish runs a pipeline over the test site and opens the version that it published.
func publish(t *testing.T, edit func(spec []byte) []byte) (v store.Store, dir string) {
	t.Helper()
	dir = t.TempDir()
	s, err := local.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	spec := edit(workerstest.Spec(workerstest.Site(t), ""))
	if err := (workerstest.Pipeline{Store: s, Spec: spec}).Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(dir, "datasets", "small", "v0001")
	return open(t, dir), dir
}

func open(t *testing.T, dir string) store.Store {
	t.Helper()
	v, err := local.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}

func asIs(spec []byte) []byte { return spec }

func withoutVectors(spec []byte) []byte {
	return bytes.Replace(spec, []byte(`embed: {model: builtin, batch: 2}`), []byte(`embed: {model: ""}`), 1)
}

// rows reads the whole dataset.
func rows(t *testing.T, v store.Store, s *sheet.Sheet) []schemas.DatasetRow {
	t.Helper()
	var all []schemas.DatasetRow
	for _, o := range s.Manifest.Objects {
		if o.Role != schemas.RoleData {
			continue
		}
		got, err := table.Collect(table.Read[schemas.DatasetRow](t.Context(), v, o.Key, "image"))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, got...)
	}
	return all
}

func read(t *testing.T, v store.Store, c sheet.Config) *sheet.Sheet {
	t.Helper()
	s, err := sheet.Read(t.Context(), v, c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
