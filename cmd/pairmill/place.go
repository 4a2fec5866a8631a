package main

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"pairmill/store"
	"pairmill/store/local"
	"pairmill/store/s3"
)

// place is where a store lies: a folder, or s3://bucket/prefix.
type place string

// parsePlace makes folders absolute.
func parsePlace(s string) (place, error) {
	if strings.HasPrefix(s, "s3://") {
		_, err := s3.Parse(s, os.Getenv)
		return place(s), err
	}
	abs, err := filepath.Abs(s)
	return place(abs), err
}

func (p place) remote() bool { return strings.HasPrefix(string(p), "s3://") }

// open opens the store; a folder is made if it is missing.
func (p place) open(_ context.Context) (store.Store, error) {
	if !p.remote() {
		return local.New(string(p))
	}
	cfg, err := s3.Parse(string(p), os.Getenv)
	if err != nil {
		return nil, usage(err)
	}
	return s3.New(cfg)
}

// localDir is a folder of this machine for what belongs to the store and is no part of it: the embedded queue, and spools.
// It may be lost at any time.
func (p place) localDir() (string, error) {
	if !p.remote() {
		return string(p), nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find a folder for the queue and spools of %s: %w", p, err)
	}
	sum := sha256.Sum256([]byte(p))
	dir := filepath.Join(cache, "pairmill", "stores", fmt.Sprintf("%x", sum[:8]))
	return dir, os.MkdirAll(dir, 0o755)
}

// join names something in the store for a person.
func (p place) join(key string) string {
	if !p.remote() {
		return filepath.Join(string(p), filepath.FromSlash(key))
	}
	base, _, _ := strings.Cut(string(p), "?")
	return strings.TrimSuffix(base, "/") + "/" + key
}
