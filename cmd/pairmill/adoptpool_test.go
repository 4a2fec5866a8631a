package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pairmill/schemas"
	"pairmill/store/npy/npytest"
	"pairmill/store/table"
)

// DataComp's columns.
var poolColumns = []schemas.Column{
	{Name: "uid", Type: schemas.ColumnString}, {Name: "url", Type: schemas.ColumnString}, {Name: "text", Type: schemas.ColumnString},
	{Name: "original_width", Type: schemas.ColumnInt64}, {Name: "original_height", Type: schemas.ColumnInt64},
	{Name: "clip_b32_similarity_score", Type: schemas.ColumnFloat}, {Name: "clip_l14_similarity_score", Type: schemas.ColumnFloat},
	{Name: "face_bboxes", Type: schemas.ColumnBoxes}, {Name: "sha256", Type: schemas.ColumnString},
}

// dataComp makes a pool of a server's first n pictures as DataComp gives them out: two tables in metadata/small, each with
// its arrays. Each picture but the first is twice as like its text as the one before.
func dataComp(t *testing.T, dir string, site *pictures, n int) {
	t.Helper()
	folder := filepath.Join(dir, "metadata", "small")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for file, from := range []int{0, n / 2} {
		to := []int{n / 2, n}[file]
		var b bytes.Buffer
		w, err := table.NewValues(&b, poolColumns, table.Config{})
		if err != nil {
			t.Fatal(err)
		}
		arrays := map[string]npytest.Array{}
		for i := from; i < to; i++ {
			row := []any{fmt.Sprintf("%032x", i), fmt.Sprintf("%s/%d.png", site.URL, i), fmt.Sprintf("picture number %d", i), int64(40), int64(30),
				float32(i) / 100, float32(i) / 50, [][]float64{{0.25, 0.25, 0.5, 0.5}}, strings.Repeat("0", 64)}
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
			for name, v := range map[string][]float32{"b32_img": {1, 0}, "b32_txt": {0, 1}, "l14_img": {1, 0, 0}, "l14_txt": {float32(i), 10, 0}} {
				arrays[name] = npytest.Array{Rows: append(arrays[name].Rows, v)}
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		stem := filepath.Join(folder, []string{"00aa", "ffee"}[file])
		if err := os.WriteFile(stem+".parquet", b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(stem+".npz", npytest.File(t, false, arrays), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// commandRE finds the command in what adopt says of a pool without pictures.
var commandRE = regexp.MustCompile(`(?s)pairmill (download .*--retries 2)`)

// A pool is downloaded by the command that adopt gives, adopted as it lies there, and made a dataset with its own vectors.
func TestPoolFromListToDataset(t *testing.T) {
	t.Parallel()
	dir, site := t.TempDir(), servePictures(t)
	dataComp(t, dir, site, 12)
	_, stderr, code := command(t.Context(), "adopt", dir)
	found := commandRE.FindStringSubmatch(stderr)
	if code != exitUsage || found == nil || !strings.Contains(stderr, "2 .npz files, such as metadata/small/00aa.npz, are joined with the shards by uid") {
		t.Fatalf("exit %d\n%s", code, stderr)
	}
	var args []string
	for word := range strings.FieldsSeq(strings.ReplaceAll(found[1], "PATH", dir)) {
		args = append(args, strings.Trim(word, "'"))
	}
	args = append(args, "--allow_private", "--per_host", "8", "--delay", "0s", "--number_sample_per_shard", "4")
	if _, stderr, code := command(t.Context(), args...); code != exitDone {
		t.Fatalf("%q: exit %d\n%s", args, code, stderr)
	}
	stdout, stderr, code := command(t.Context(), "adopt", dir, "--json")
	var sum schemas.Summary
	if err := json.Unmarshal([]byte(stdout), &sum); code != exitDone || err != nil || sum.Candidates != 12 || sum.Kept != 9 {
		t.Fatalf("exit %d, %v, %+v\n%s", code, err, sum, stderr)
	}
	for _, want := range []string{"9 of 9 samples have a row in the pool of 2 tables and 12 rows", "pool:b32, pool:l14, pool:clip_b32_similarity_score, pool:clip_l14_similarity_score"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("no word of %q:\n%s", want, stderr)
		}
	}
	verified(t, dir)
	spec := filepath.Join(t.TempDir(), "spec.yaml")
	text := `version: 1
name: small
source: {shards: {tars: ["shards/*.tar"], pool: ["metadata/small/*.parquet"]}}
filter: {min_side: 0}
embed: {model: "pool:l14"}
curate: {min_similarity: 0.5}
`
	if err := os.WriteFile(spec, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code = command(t.Context(), "run", spec, "--store", dir, "--json")
	if err := json.Unmarshal([]byte(stdout), &sum); code != exitDone || err != nil || sum.Rows != 4 || sum.Dropped[schemas.LowSimilarity] != 5 {
		t.Fatalf("exit %d, %v, %+v\n%s", code, err, sum, stderr)
	}
	verified(t, dir)
	if out, stderr, code := command(t.Context(), "look", filepath.Join(dir, "datasets", "small")); code != exitDone || !strings.Contains(out, "picture number 10") {
		t.Errorf("look: exit %d\n%s%s", code, out, stderr)
	}
	if _, stderr, code := command(t.Context(), "search", filepath.Join(dir, "datasets", "small"), "a picture"); code != exitUsage || !strings.Contains(stderr, "encoder is not the one") {
		t.Errorf("search: exit %d\n%s", code, stderr)
	}
}

func verified(t *testing.T, dir string) {
	t.Helper()
	if out, stderr, code := command(t.Context(), "verify", dir); code != exitDone || !strings.Contains(out+stderr, " 0 findings") {
		t.Errorf("verify: exit %d\n%s%s", code, out, stderr)
	}
}

func TestAdoptRefusesADamagedPool(t *testing.T) {
	t.Parallel()
	dir, site := t.TempDir(), servePictures(t)
	dataComp(t, dir, site, 12)
	squares(t, filepath.Join(dir, "a.tar"), 2, true)
	pool := func(name string) string { return filepath.Join(dir, "metadata", "small", name) }
	if _, stderr, code := command(t.Context(), "adopt", dir, "--id", "plain"); code != exitDone || strings.Contains(stderr, "pool") {
		t.Errorf("shards without uids beside a pool: exit %d\n%s", code, stderr)
	}
	if _, stderr, code := command(t.Context(), "adopt", dir, "--id", "asked", "--pool", "metadata/small/*.parquet"); code != exitError || !strings.Contains(stderr, "the shards carry no uid") {
		t.Errorf("a pool that was asked for: exit %d\n%s", code, stderr)
	}
	if err := os.Truncate(pool("ffee.npz"), 200); err != nil {
		t.Fatal(err)
	}
	args := []string{"adopt", dir, "--id", "damaged", "--pool", "metadata/small/*.parquet"}
	if _, stderr, code := command(t.Context(), args...); code != exitUsage || !strings.Contains(stderr, "open metadata/small/ffee.npz: no .npz, or its end is missing") || !strings.Contains(stderr, "--pool none") {
		t.Errorf("a cut .npz: exit %d\n%s", code, stderr)
	}
	if _, err := os.Stat(filepath.Join(dir, "runs", "damaged")); err == nil {
		t.Error("a refused command left a run")
	}
	if _, stderr, code := command(t.Context(), "adopt", dir, "--id", "damaged", "--pool", "none"); code != exitDone {
		t.Errorf("without the pool: exit %d\n%s", code, stderr)
	}
	if _, stderr, code := command(t.Context(), args...); code != exitUsage || !strings.Contains(stderr, "choose another --id") {
		t.Errorf("another pool for a run that is there: exit %d\n%s", code, stderr)
	}
}
