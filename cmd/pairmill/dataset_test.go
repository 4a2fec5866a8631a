package main

import (
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"pairmill/store"
)

func TestOpenVersion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := fstest.MapFS{}
	for _, v := range []string{"v0002", "v0010", "v9999", "v10000"} {
		files["many/"+v+"/manifest.json"] = &fstest.MapFile{Data: []byte(v)}
	}
	files["many/v10001/stats.json"] = &fstest.MapFile{} // not complete
	files["many/claims/v10001.json"] = &fstest.MapFile{}
	files["none/v0001/stats.json"] = &fstest.MapFile{}
	files["odd/v0001/manifest.json/x"] = &fstest.MapFile{}
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"many": "v10000", "many/": "v10000", "many/v0002": "v0002", "many/v10001": "", "none": "", "odd": "", "absent": "",
	} {
		v, err := openVersion(t.Context(), filepath.Join(dir, path))
		if err != nil {
			if want != "" || exitCode(t.Context(), err) != exitUsage {
				t.Errorf("%s: %v, want %q", path, err, want)
			}
			continue
		}
		got, err := store.ReadAll(t.Context(), v, "manifest.json", 100)
		closeStore(v)
		if err != nil || string(got) != want {
			t.Errorf("%s: opened %q, %v, want %q", path, got, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "absent")); !os.IsNotExist(err) {
		t.Errorf("looking made a folder: %v", err)
	}
}
