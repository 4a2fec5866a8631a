package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"pairmill/store/local"
)

// openVersion opens a published version for reading: dir is a version's folder, or a dataset's, of which the latest
// complete version is taken. Keys of the store are relative to the version's folder.
func openVersion(dir string) (*local.Store, error) {
	if complete(dir) {
		return local.New(dir)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, usage(fmt.Errorf("open dataset: %w", err))
	}
	var versions []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "v") && complete(filepath.Join(dir, e.Name())) {
			versions = append(versions, e.Name())
		}
	}
	if len(versions) == 0 {
		return nil, usage(fmt.Errorf("%s is neither a dataset version (manifest.json is missing) nor a dataset with one", dir))
	}
	return local.New(filepath.Join(dir, slices.MaxFunc(versions, byNumber)))
}

// complete tells whether a folder is a version: the manifest is its last file.
func complete(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, "manifest.json"))
	return err == nil && info.Mode().IsRegular()
}

// byNumber orders v0002 before v0010 before v10000.
func byNumber(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }
