package npy

import (
	"archive/zip"
	"fmt"
	"io"
	"slices"
	"strings"
)

// maxArrays bounds the members of a file that are looked at: a pool's have five.
const maxArrays = 10_000

// Archive is an open .npz. It is safe for concurrent use.
type Archive struct {
	r     io.ReaderAt
	size  int64
	name  string
	files map[string]*zip.File
}

// OpenArchive opens a file of size bytes, called name in errors. It reads the end of r, which must stay open.
func OpenArchive(r io.ReaderAt, size int64, name string) (*Archive, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("open %s: no .npz, or its end is missing: %w", name, err)
	}
	if len(z.File) > maxArrays {
		return nil, fmt.Errorf("open %s: %d members, want at most %d", name, len(z.File), maxArrays)
	}
	a := &Archive{r: r, size: size, name: name, files: map[string]*zip.File{}}
	for _, f := range z.File {
		if array, ok := strings.CutSuffix(f.Name, ".npy"); ok {
			a.files[array] = f
		}
	}
	return a, nil
}

// Names lists the arrays, sorted.
func (a *Archive) Names() []string {
	out := make([]string, 0, len(a.files))
	for name := range a.files {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// Has tells whether there is an array of this name, readable or not.
func (a *Archive) Has(name string) bool { return a.files[name] != nil }

// Array opens one array.
func (a *Archive) Array(name string) (*Array, error) {
	f := a.files[name]
	if f == nil {
		return nil, fmt.Errorf("%s has no array %s: it has %s", a.name, name, strings.Join(a.Names(), ", "))
	}
	x := &Array{archive: a, name: name, file: f}
	if err := x.open(); err != nil {
		return nil, x.wrap(err)
	}
	return x, nil
}
