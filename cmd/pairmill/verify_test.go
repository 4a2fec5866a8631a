package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pairmill/internal/verify"
	"pairmill/store/local"
	"pairmill/workers/workerstest"
)

// pairmill runs a command line and returns its exit code and what it printed.
func pairmill(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = execute(t.Context(), args, &out, &errs)
	return code, out.String(), errs.String()
}

// finishedStore makes a folder with a finished run and its dataset, by an encoder that needs no model.
func finishedStore(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s, err := local.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	site := workerstest.Site(t)
	if err := (workerstest.Pipeline{Store: s, Spec: workerstest.Spec(site, "")}).Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestVerifyStory(t *testing.T) {
	t.Parallel()
	dir := finishedStore(t)
	version := filepath.Join(dir, "datasets", "small", "v0001")
	run := filepath.Join(dir, "runs", workerstest.Run)
	copied := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.CopyFS(copied, os.DirFS(version)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, run, version, copied} {
		if code, out, errs := pairmill(t, "verify", path); code != exitDone || out != "" || !strings.Contains(errs, "0 findings, 0 notes") {
			t.Errorf("verify %s: exit %d\n%s%s", path, code, out, errs)
		}
	}
	damageFile(t, filepath.Join(copied, "shards", "00001.tar"), 700)
	code, out, errs := pairmill(t, "verify", copied)
	if code != exitQuarantined || !strings.Contains(out, "shards/00001.tar") || !strings.Contains(out, "image_sha256") || !strings.Contains(errs, "findings") {
		t.Errorf("damaged: exit %d\n%s%s", code, out, errs)
	}
	code, out, _ = pairmill(t, "verify", "--json", copied)
	found := 0
	for line := range strings.Lines(out) {
		var f verify.Finding
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		if f.Object != "shards/00001.tar" {
			t.Errorf("blamed %+v", f)
		}
		found++
	}
	if code != exitQuarantined || found < 2 {
		t.Errorf("--json: exit %d, %d findings", code, found)
	}
	if code, out, errs := pairmill(t, "verify", dir); code != exitDone {
		t.Errorf("the store, of which a copy was damaged: exit %d\n%s%s", code, out, errs)
	}
}

func damageFile(t *testing.T, path string, at int) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[at] ^= 1
	if err := os.Remove(path); err != nil { // it may be a link to another object
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	empty := t.TempDir()
	for _, path := range []string{empty, filepath.Join(empty, "nothing"), "verify_test.go"} {
		if code, _, errs := pairmill(t, "verify", path); code != exitUsage || errs == "" {
			t.Errorf("verify %s: exit %d, %q", path, code, errs)
		}
	}
	if entries, err := os.ReadDir(empty); err != nil || len(entries) > 0 {
		t.Errorf("verify left %v, %v", entries, err)
	}
}
