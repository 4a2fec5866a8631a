package main

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"pairmill/crawler/list"
	"pairmill/schemas"
	"pairmill/store"
)

// files opens lists on the disk and on object storage.
type files struct{ local list.Files }

func openFiles() list.Files { return files{list.Local()} }

// Find finds what a pattern names.
func (f files) Find(ctx context.Context, pattern string) ([]list.File, error) {
	if !strings.HasPrefix(pattern, "s3://") {
		return f.local.Find(ctx, pattern)
	}
	return findObjects(ctx, pattern)
}

// Open opens what Find found.
func (f files) Open(ctx context.Context, name string) (list.Input, error) {
	if !strings.HasPrefix(name, "s3://") {
		return f.local.Open(ctx, name)
	}
	s, key, err := objectStore(ctx, name)
	if err != nil {
		return nil, err
	}
	o, err := s.Open(ctx, key)
	if err != nil {
		return nil, err
	}
	return object{o}, nil
}

// object is an object as a list's input.
type object struct{ store.Object }

// Size is in bytes.
func (o object) Size() int64 { return o.Info().Size }

// Stride implements store.Distant, as what it holds does.
func (o object) Stride() int64 { return store.Stride(o.Object) }

// objectStore opens the bucket of s3://bucket/key?settings and returns the key in it.
func objectStore(ctx context.Context, url string) (s store.Store, key string, err error) {
	rest, settings, _ := strings.Cut(strings.TrimPrefix(url, "s3://"), "?")
	bucket, key, _ := strings.Cut(rest, "/")
	p, err := parsePlace("s3://" + bucket + "?" + settings)
	if err != nil {
		return nil, "", err
	}
	s, err = p.open(ctx)
	return s, key, err
}

// findObjects finds an object, the objects of a folder, or those that match a glob in the key's last part.
func findObjects(ctx context.Context, pattern string) ([]list.File, error) {
	s, key, err := objectStore(ctx, pattern)
	if err != nil {
		return nil, err
	}
	base := strings.TrimSuffix(strings.SplitN(pattern, "?", 2)[0], key)
	settings := ""
	if _, after, ok := strings.Cut(pattern, "?"); ok {
		settings = "?" + after
	}
	dir, last := path.Split(key)
	if !strings.ContainsAny(last, "*[") {
		dir, last = strings.TrimSuffix(key, "/")+"/", "*"
	}
	var found []list.File
	for info, err := range s.List(ctx, strings.TrimSuffix(dir, "/")) {
		if err != nil {
			return nil, err
		}
		name, below := strings.CutPrefix(info.Key, dir)
		ok, err := path.Match(last, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", pattern, err)
		}
		if info.Key == strings.TrimSuffix(key, "/") || below && ok && (last != "*" || listName(name)) {
			found = append(found, list.File{Name: base + info.Key + settings, Size: info.Size, Version: info.Version})
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: nothing is there", pattern)
	}
	return found, nil
}

// listName tells whether a file in a folder looks like a list.
func listName(name string) bool {
	name = strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")
	return slices.Contains(schemas.ListFormats(), strings.TrimPrefix(path.Ext(name), "."))
}
