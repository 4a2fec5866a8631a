package onnx

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLibrarySearch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	touch := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	given := touch("given.so")
	touch("cache/libonnxruntime.so.1.9.0")
	cached := touch("cache/libonnxruntime.so.1.30.0")
	system := touch("system/libonnxruntime.so")
	cache, sys, none := filepath.Join(dir, "cache"), filepath.Join(dir, "system"), filepath.Join(dir, "none")
	for _, tc := range []struct {
		name string
		s    librarySearch
		want string
		err  string
	}{
		{"explicit first", librarySearch{explicit: given, env: system, cache: cache}, given, ""},
		{"explicit missing", librarySearch{explicit: none, env: system, cache: cache}, "", "the configured path"},
		{"explicit folder", librarySearch{explicit: sys}, "", "is a folder"},
		{"environment", librarySearch{env: system, cache: cache}, system, ""},
		{"environment missing", librarySearch{env: none, cache: cache}, "", LibraryEnv},
		{"newest in the cache", librarySearch{cache: cache, system: []string{sys}}, cached, ""},
		{"system", librarySearch{cache: none, system: []string{none, sys}}, system, ""},
		{"nowhere", librarySearch{system: []string{none}}, "", "make deps"},
	} {
		tc.s.pattern = "libonnxruntime.so*"
		got, err := tc.s.find()
		if got != tc.want || (err == nil) != (tc.err == "") || err != nil && !strings.Contains(err.Error(), tc.err) {
			t.Errorf("%s: got %q, %v", tc.name, got, err)
		}
	}
}
