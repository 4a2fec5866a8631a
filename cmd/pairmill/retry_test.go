package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pairmill/schemas"
)

// datasetOf is a spec over a list of a server's first n pictures, which makes a dataset without vectors.
func datasetOf(t *testing.T, site *pictures, n int) string {
	t.Helper()
	dir := t.TempDir()
	path, list := filepath.Join(dir, "spec.yaml"), filepath.Join(dir, "list.csv")
	rows := "url,text\n"
	for i := range n {
		rows += fmt.Sprintf("%s/%d.png,picture number %d\n", site.URL, i, i)
	}
	if err := os.WriteFile(list, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`version: 1
name: small
source: {list: {inputs: [%q], format: csv, caption: text}}
fetch: {allow_private: true, delay: 0s, per_host: 8, part_rows: 6}
filter: {min_chars: 0, min_words: 0, min_side: 0}
embed: {model: ""}
dataset: {shard_samples: 4}
`, list)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A sample, the rest, and what was gone and came back: three versions of a dataset.
func TestRetryPublishesANextVersion(t *testing.T) {
	t.Parallel()
	site, dir := servePictures(t), t.TempDir()
	spec := datasetOf(t, site, 40)
	var sums []schemas.Summary
	for _, args := range [][]string{
		{"run", spec, "--store", dir, "--json", "--sample", "0.5"}, {"run", spec, "--store", dir, "--json"}, {"run", spec, "--store", dir, "--json"},
	} {
		stdout, stderr, code := command(t.Context(), args...)
		var sum schemas.Summary
		if err := json.Unmarshal([]byte(stdout), &sum); code != exitDone || err != nil || sum.Balance() != 0 {
			t.Fatalf("%q: exit %d, %v\n%s", args, code, err, stderr)
		}
		sum.Seconds = 0
		if sums = append(sums, sum); len(sums) == 1 {
			if out, stderr, code := command(t.Context(), "estimate", filepath.Join(dir, "runs", sum.Run)); code != exitDone || !strings.Contains(out, "40") {
				t.Errorf("estimate: exit %d\n%s%s", code, out, stderr)
			}
		}
	}
	if sums[0].Candidates >= 40 || sums[1].Candidates != 40 || sums[1].Rows != 30 || sums[1].Dropped[schemas.HTTPGone] != 10 || fmt.Sprint(sums[1]) != fmt.Sprint(sums[2]) {
		t.Errorf("%+v", sums)
	}
	site.mu.Lock()
	site.gone = false
	site.mu.Unlock()
	for _, c := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--reason", "low_similarity"}, exitUsage, "decided over all samples together"},
		{[]string{"--class", "ours"}, exitDone, "nothing to retry"},
		{[]string{"--class", "gone"}, exitDone, filepath.Join("datasets", "small", "v0003")},
	} {
		run := filepath.Join(dir, "runs", sums[0].Run)
		if _, stderr, code := command(t.Context(), append([]string{"retry", run}, c.args...)...); code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%q: exit %d, want %d and %q\n%s", c.args, code, c.code, c.want, stderr)
		}
	}
	for version, rows := range map[string]int64{"v0001": sums[0].Rows, "v0002": 30, "v0003": 40} {
		var m schemas.Manifest
		data, err := os.ReadFile(filepath.Join(dir, "datasets", "small", version, "manifest.json"))
		if err == nil {
			err = json.Unmarshal(data, &m)
		}
		if err != nil || m.Rows != rows {
			t.Errorf("%s: %d rows, %v, want %d", version, m.Rows, err, rows)
		}
	}
	verified(t, dir)
	if out, stderr, code := command(t.Context(), "report", filepath.Join(dir, "runs", sums[0].Run)); code != exitDone || strings.Contains(out, "http_gone") {
		t.Errorf("report: exit %d\n%s%s", code, out, stderr)
	}
}

func TestSampleNeedsAList(t *testing.T) {
	t.Parallel()
	_, spec := pictureSite(t, nil)
	if _, stderr, code := command(t.Context(), "run", spec, "--store", t.TempDir(), "--sample", "0.5"); code != exitUsage || !strings.Contains(stderr, "of a spec with source.list") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
}
