package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"pairmill/store"
	"pairmill/store/ledger"
)

// openVersion opens a published version for reading: location is a version's place, or a dataset's, of which the latest
// complete version is taken. Keys of the store are relative to the version's folder. closeStore closes it.
func openVersion(ctx context.Context, location string) (store.Store, error) {
	at, s, err := openThere(ctx, location)
	if err != nil {
		return nil, err
	}
	if ok, err := ledger.Exists(ctx, s, "manifest.json"); ok || err != nil {
		return s, err
	}
	defer closeStore(s)
	var versions []string
	for info, err := range s.List(ctx, "v") {
		if err != nil {
			return nil, err
		}
		if name, last := path.Split(info.Key); last == "manifest.json" {
			versions = append(versions, path.Clean(name))
		}
	}
	if len(versions) == 0 {
		return nil, usage(fmt.Errorf("%s is neither a dataset version (manifest.json is missing) nor a dataset with one", at))
	}
	return at.sub(slices.MaxFunc(versions, byNumber)).open(ctx)
}

// openThere opens a place that must be there: a folder is not made.
func openThere(ctx context.Context, location string) (place, store.Store, error) {
	at, err := parsePlace(location)
	if err != nil {
		return at, nil, usage(err)
	}
	if !at.remote() && !isFolder(string(at)) {
		return at, nil, usage(fmt.Errorf("%s is no folder", at))
	}
	s, err := at.open(ctx)
	return at, s, err
}

// byNumber orders v0002 before v0010 before v10000.
func byNumber(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }

// holds tells whether anything in a store has a key that begins so.
func holds(ctx context.Context, s store.Store, prefixes ...string) (bool, error) {
	for _, prefix := range prefixes {
		for _, err := range s.List(ctx, prefix) {
			if err == nil || !errors.Is(err, store.ErrNotExist) {
				return err == nil, err
			}
		}
	}
	return false, nil
}

// up is a place's parent and its last element.
func (p place) up() (parent place, last string) {
	base, settings, _ := strings.Cut(string(p), "?")
	dir, last := path.Split(strings.TrimSuffix(base, "/"))
	dir = strings.TrimSuffix(dir, "/")
	if settings != "" {
		dir += "?" + settings
	}
	return place(dir), last
}

// sub is a place below p.
func (p place) sub(key string) place {
	base, settings, _ := strings.Cut(string(p), "?")
	base = strings.TrimSuffix(base, "/") + "/" + key
	if settings != "" {
		base += "?" + settings
	}
	return place(base)
}
