package main

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pairmill/store"
	"pairmill/store/s3"
	"pairmill/store/s3/s3test"
)

// TestEveryCommandOnObjectStorage runs a download from a list in a bucket into the bucket, and the commands that read it.
// It cannot be parallel: credentials come from the environment.
func TestEveryCommandOnObjectStorage(t *testing.T) {
	cfg := s3test.Start(t)
	t.Setenv("AWS_ACCESS_KEY_ID", cfg.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", string(cfg.SecretKey))
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	at := func(path string) string {
		return fmt.Sprintf("s3://%s/%s%s?endpoint=%s", cfg.Bucket, cfg.Prefix, path, url.QueryEscape(cfg.Endpoint))
	}
	bucket, err := s3.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer bucket.Close()
	site := servePictures(t)
	text, err := os.ReadFile(site.list(t, 20))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bucket.Put(t.Context(), "lists/list.txt", store.Bytes(text)); err != nil {
		t.Fatal(err)
	}
	args := downloadArgs(at("lists/list.txt"), at("out"))
	if _, stderr, code := command(t.Context(), args...); code != exitDone {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	for _, key := range []string{"out/00000.tar", "out/00000.parquet", "out/00002_stats.json"} {
		if o, err := bucket.Open(t.Context(), key); err != nil {
			t.Error(err)
		} else {
			o.Close()
		}
	}
	before := site.requests()
	if _, stderr, code := command(t.Context(), args...); code != exitDone || site.requests() != before {
		t.Errorf("again: exit %d, %d requests more\n%s", code, site.requests()-before, stderr)
	}
	for _, args := range [][]string{
		{"report", at("out")}, {"report", at("out/runs/download")}, {"estimate", at("out")}, {"retry", at("out"), "--class", "gone"}, {"verify", at("out")},
	} {
		stdout, stderr, code := command(t.Context(), args...)
		if code != exitDone {
			t.Errorf("%s: exit %d\n%s%s", args[0], code, stdout, stderr)
		}
		if secret := string(cfg.SecretKey); strings.Contains(stdout+stderr, secret) {
			t.Errorf("%s prints the secret key", args[0])
		}
	}
	replaced(t, bucket, "lists/list.txt", bytes.ReplaceAll(text, []byte("http"), []byte("HTTP")))
	if _, stderr, code := command(t.Context(), args...); code != exitUsage || !strings.Contains(stderr, "list.txt") || !strings.Contains(stderr, "has changed since") {
		t.Errorf("another list of the same size: exit %d\n%s", code, stderr)
	}
	replaced(t, bucket, "lists/list.txt", text)
	if _, stderr, code := command(t.Context(), args...); code != exitDone {
		t.Errorf("the same list again: exit %d\n%s", code, stderr)
	}
	if files, err := filepath.Glob("s3:*"); len(files) > 0 || err != nil {
		t.Errorf("a folder called after the bucket was made: %q, %v", files, err)
	}
}

// replaced puts another object in the place of one.
func replaced(t *testing.T, s store.Store, key string, data []byte) {
	t.Helper()
	err := s.Delete(t.Context(), key)
	if err == nil {
		_, err = s.Put(t.Context(), key, store.Bytes(data))
	}
	if err != nil {
		t.Fatal(err)
	}
}
