package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pairmill/internal/repair"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/local"
	"pairmill/store/s3"
	"pairmill/store/s3/s3test"
)

// rot changes a byte in the middle of an object, as a disk does, behind the back of whoever wrote it.
func rot(t *testing.T, s store.Store, key string) {
	t.Helper()
	data, err := store.ReadAll(t.Context(), s, key, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := s.(store.Replacer).Replace(t.Context(), key, store.Bytes(data)); err != nil {
		t.Fatal(err)
	}
}

// first returns the first object of a role that a run's records of a task name.
func first(t *testing.T, s store.Store, run string, task schemas.Task, role string) schemas.Object {
	t.Helper()
	for rec, err := range ledger.Run(t.Context(), s, run) {
		if err != nil {
			t.Fatal(err)
		}
		if of := rec.Of(role); rec.Job.Task == task && len(of) > 0 {
			return of[0]
		}
	}
	t.Fatalf("no %s of %s", role, task)
	return schemas.Object{}
}

// TestRepairStory damages a crawl's dataset: what follows from the store takes no request, and the built-in encoder embeds no
// more than it has to.
func TestRepairStory(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	_, spec := pictureSite(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/pictures/") {
				asked.Add(1)
			}
			h.ServeHTTP(w, r)
		})
	})
	dir := t.TempDir()
	done(t, "run", spec, "--store", dir)
	s, err := local.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	runs, err := runsIn(t.Context(), s)
	if err != nil || len(runs) != 1 {
		t.Fatal(runs, err)
	}
	var run string
	for run = range runs {
	}
	before := asked.Load()
	if out := done(t, "repair", dir); out != "" || asked.Load() != before {
		t.Errorf("nothing to repair, and it says %s", out)
	}
	column := first(t, s, run, schemas.TaskEmbed, schemas.RoleColumn)
	published := first(t, s, run, schemas.TaskPublish, schemas.RoleTar)
	version := first(t, s, run, schemas.TaskRelease, schemas.RoleTar)
	data := first(t, s, run, schemas.TaskRelease, schemas.RoleData)
	rot(t, s, column.Key)
	rot(t, s, published.Key)
	rot(t, s, version.Key)
	if err := s.Delete(t.Context(), data.Key); err != nil {
		t.Fatal(err)
	}
	out, _, code := command(t.Context(), "repair", filepath.Join(dir, "runs", run), "--dry-run")
	if code != exitQuarantined || !strings.Contains(out, column.Key) || !strings.Contains(out, fmt.Sprintf("%d pairs embedded", column.Rows)) {
		t.Errorf("--dry-run: exit %d\n%s", code, out)
	}
	out, errs, code := command(t.Context(), "repair", run, "--store", dir, "--json")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	var sum repair.Report
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &sum); err != nil || code != exitDone || len(lines) != 5 {
		t.Fatalf("exit %d, %v\n%s%s", code, err, out, errs)
	}
	if sum.Repaired != 4 || sum.Embeds != column.Rows || sum.Requests != 0 || asked.Load() != before {
		t.Errorf("%+v, %d requests", sum, asked.Load()-before)
	}
	done(t, "verify", dir)

	tar := first(t, s, run, schemas.TaskFetch, schemas.RoleTar)
	if err := os.Truncate(filepath.Join(dir, tar.Key), tar.Size/3); err != nil {
		t.Fatal(err)
	}
	if out := done(t, "repair", dir); !strings.Contains(out, tar.Key) || asked.Load()-before > tar.Rows {
		t.Errorf("%d requests for a shard of %d\n%s", asked.Load()-before, tar.Rows, out)
	}
	done(t, "verify", dir)
}

// TestRepairRefuses: what is no run of a store is a wrong command line.
func TestRepairRefuses(t *testing.T) {
	t.Parallel()
	dir := finishedStore(t)
	copied := filepath.Join(t.TempDir(), "elsewhere")
	if err := os.CopyFS(copied, os.DirFS(filepath.Join(dir, "datasets", "small", "v0001"))); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{}, {t.TempDir()}, {copied}, {"other-run", "--store", dir}, {filepath.Join(dir, "nothing")}} {
		if _, errs, code := command(t.Context(), append([]string{"repair"}, args...)...); code != exitUsage || errs == "" {
			t.Errorf("repair %q: exit %d, %q", args, code, errs)
		}
	}
	for _, path := range []string{dir, filepath.Join(dir, "datasets", "small", "v0001"), filepath.Join(dir, "runs", "test")} {
		if _, errs, code := command(t.Context(), "repair", path); code != exitDone {
			t.Errorf("repair %s: exit %d, %s", path, code, errs)
		}
	}
}

// TestRepairOnObjectStorage downloads a list into a bucket, damages what the server keeps, in its folder, and repairs it. What
// the web does not have any more is dropped, and comes back with a retry. It cannot be parallel: credentials come from the
// environment.
func TestRepairOnObjectStorage(t *testing.T) {
	cfg := s3test.Start(t)
	t.Setenv("AWS_ACCESS_KEY_ID", cfg.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", string(cfg.SecretKey))
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	at := fmt.Sprintf("s3://%s/%sout?endpoint=%s", cfg.Bucket, cfg.Prefix, url.QueryEscape(cfg.Endpoint))
	cfg.Prefix += "out/"
	s, err := s3.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	site := servePictures(t)
	done(t, downloadArgs(site.list(t, 20), at)...)
	tar := first(t, s, "download", schemas.TaskFetch, schemas.RoleTar)
	table := first(t, s, "download", schemas.TaskFetch, schemas.RoleTable)
	candidates := first(t, s, "download", schemas.TaskScan, schemas.RoleCandidates)
	for _, damage := range []func(key string){
		func(key string) { rot(t, s, key) },
		func(key string) { remove(t, s, key) },
	} {
		for _, key := range []string{tar.Key, table.Key, candidates.Key, "00000.tar", "00000.parquet", "00001_stats.json"} {
			damage(key)
			before := site.requests()
			out := done(t, "repair", at)
			limit := 0
			if key == table.Key {
				limit = 8
			}
			if n := site.requests() - before; n > limit || !strings.Contains(out, key) {
				t.Errorf("%s: %d requests\n%s", key, n, out)
			}
			done(t, "verify", at)
		}
	}
	// The same picture rots in both copies.
	rot(t, s, tar.Key)
	spoiled, err := store.ReadAll(t.Context(), s, tar.Key, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	whole := bytes.Clone(spoiled)
	for _, key := range []string{tar.Key, "00000.tar"} {
		if err := s.Replace(t.Context(), key, store.Bytes(whole[:600])); err != nil {
			t.Fatal(err)
		}
	}
	before := site.requests()
	done(t, "repair", at)
	if n := site.requests() - before; n == 0 || n > 8 {
		t.Errorf("%d requests for a shard of 8 rows", n)
	}
	done(t, "verify", at)
	for _, key := range []string{tar.Key, "00000.tar"} {
		if err := s.Replace(t.Context(), key, store.Bytes(whole[:600])); err != nil {
			t.Fatal(err)
		}
	}
	site.fail(true)
	out, errs, code := command(t.Context(), "repair", at, "--json")
	if code != exitDone || !strings.Contains(out, `"changed"`) || !strings.Contains(out, "http_server_error") {
		t.Fatalf("exit %d\n%s%s", code, out, errs)
	}
	done(t, "verify", at)
	site.fail(false)
	if out := done(t, "report", at); !strings.Contains(out, string(schemas.Damaged)) {
		t.Errorf("report\n%s", out)
	}
	done(t, "retry", at, "--reason", string(schemas.Damaged))
	done(t, "verify", at)
	if out := done(t, "report", at); strings.Contains(out, string(schemas.Damaged)) {
		t.Errorf("report after the retry\n%s", out)
	}
	var keys []string
	for info, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, info.Key)
	}
	if !slices.Contains(keys, "runs/download/repairs/000001.json") {
		t.Error("the repair left no record")
	}
}

func remove(t *testing.T, s store.Store, key string) {
	t.Helper()
	if err := s.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
}
