package main

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
)

// files are the pictures by path; the query tells rows apart and is ignored.
type files map[string][]byte

func read(folder string) (files, error) {
	out := files{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		out["/"+filepath.ToSlash(name)], err = os.ReadFile(path)
		return err
	})
	return out, err
}

func (f files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	data, ok := f[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/"+filepath.Ext(r.URL.Path)[1:])
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.Write(data)
}
