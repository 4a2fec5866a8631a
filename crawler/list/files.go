package list

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// File is one file of a list.
type File struct {
	Name    string `json:"name"`
	Size    int64  `json:"size"`
	Version string `json:"version"` // modification time or ETag: what tells that it changed
}

// Input is an open file. ReadAt is safe for concurrent use.
type Input interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// Files is where the files of a list are.
type Files interface {
	// Find resolves a pattern: the name of a file, of a folder (the files directly in it) or a glob, in the order of
	// names. A name that exists is never taken for a glob. That nothing is found is an error that shows the pattern.
	Find(ctx context.Context, pattern string) ([]File, error)

	// Open opens a file for reading at random. The caller closes it.
	Open(ctx context.Context, name string) (Input, error)
}

// Local is the files of this machine. Their version is the modification time.
func Local() Files { return local{} }

type local struct{}

var _ Files = local{}

// Find implements Files.
func (local) Find(_ context.Context, pattern string) ([]File, error) {
	info, err := os.Stat(pattern)
	var names []string
	switch {
	case err == nil && info.IsDir():
		var entries []os.DirEntry
		if entries, err = os.ReadDir(pattern); err != nil {
			return nil, fmt.Errorf("list %q: %w", pattern, err)
		}
		for _, e := range entries {
			names = append(names, filepath.Join(pattern, e.Name()))
		}
	case err == nil:
		names = []string{pattern}
	default:
		if names, err = filepath.Glob(pattern); err != nil {
			return nil, fmt.Errorf("list %q: %w", pattern, err)
		}
	}
	return localFiles(pattern, names)
}

func localFiles(pattern string, names []string) ([]File, error) {
	var out []File
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return nil, fmt.Errorf("list %q: %w", pattern, err)
		}
		if hidden := strings.HasPrefix(filepath.Base(name), ".") && name != pattern; info.Mode().IsRegular() && !hidden {
			out = append(out, File{name, info.Size(), info.ModTime().UTC().Format(time.RFC3339Nano)})
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("list %q: there is no such file, folder with files, or glob with matches", pattern)
	}
	return out, nil
}

// Open implements Files.
func (local) Open(_ context.Context, name string) (Input, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	return localInput{f, info.Size()}, nil
}

// localInput is a file with the size that it had when it was opened.
type localInput struct {
	*os.File
	size int64
}

func (i localInput) Size() int64 { return i.size }
