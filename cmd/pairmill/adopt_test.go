package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pairmill/schemas"
	"pairmill/store/table"
)

// squares writes a plain tar with n pictures, the last cut short when whole is false.
func squares(t *testing.T, path string, n int, whole bool) {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for i := range n {
		m := image.NewRGBA(image.Rect(0, 0, 32+i, 32))
		m.Set(i, i, color.White)
		var picture bytes.Buffer
		if err := png.Encode(&picture, m); err != nil {
			t.Fatal(err)
		}
		for _, f := range []struct {
			ext  string
			data []byte
		}{{"png", picture.Bytes()}, {"txt", fmt.Appendf(nil, "square number %d", i)}} {
			h := &tar.Header{Name: fmt.Sprintf("%05d.%s", i, f.ext), Size: int64(len(f.data)), Mode: 0o444, ModTime: time.Unix(1, 5), Format: tar.FormatPAX}
			if err := w.WriteHeader(h); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(f.data); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data := b.Bytes()
	if !whole {
		data = data[:len(data)-1100]
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAdoptCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	squares(t, filepath.Join(dir, "a.tar"), 3, true)
	squares(t, filepath.Join(dir, "b.tar"), 3, false)
	if err := os.WriteFile(filepath.Join(dir, "b.parquet"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var sums [2]schemas.Summary
	for i := range sums {
		stdout, stderr, code := command(t.Context(), "adopt", dir, "--json")
		if code != exitDone {
			t.Fatalf("exit %d\n%s", code, stderr)
		}
		if err := json.Unmarshal([]byte(stdout), &sums[i]); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(stderr, "b.tar is unfinished") {
			t.Errorf("not a word of the unfinished shard:\n%s", stderr)
		}
		sums[i].Seconds = 0
	}
	if s := sums[0]; s.Kept != 5 || s.Dropped[schemas.ImageTruncated] != 1 || s.Balance() != 0 || fmt.Sprint(s) != fmt.Sprint(sums[1]) {
		t.Errorf("%+v, then %+v; want 3 and 2 pictures and one row for the cut", s, sums[1])
	}
	squares(t, filepath.Join(dir, "c.tar"), 1, true)
	if _, stderr, code := command(t.Context(), "adopt", dir); code != exitDone || !strings.Contains(stderr, "1 tars have come") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
	if _, stderr, code := command(t.Context(), "adopt", dir, "--tars", "c.tar"); code != exitUsage || !strings.Contains(stderr, "choose another --id") {
		t.Errorf("exit %d\n%s", code, stderr)
	}
	if _, stderr, code := command(t.Context(), "adopt", dir, "--tars", "c.tar", "--id", "more"); code != exitDone {
		t.Errorf("exit %d\n%s", code, stderr)
	}
	if out, stderr, code := command(t.Context(), "report", filepath.Join(dir, "runs", "adopted")); code != exitDone || !strings.Contains(out, "image_truncated") {
		t.Errorf("report: exit %d\n%s%s", code, out, stderr)
	}
}

func TestAdoptRefusesWhatHasNoTars(t *testing.T) {
	t.Parallel()
	pool := t.TempDir()
	f, err := os.Create(filepath.Join(pool, "0.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var columns []schemas.Column
	for _, name := range []string{"uid", "url", "text"} {
		columns = append(columns, schemas.Column{Name: name, Type: schemas.ColumnString})
	}
	w, err := table.NewValues(f, columns, table.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{pool}, "pairmill download --url_list"},
		{[]string{t.TempDir()}, "there are no tars"},
		{[]string{filepath.Join(pool, "absent")}, "is no folder"},
		{[]string{pool, "--tars", "x.tar"}, "nothing is there"},
		{[]string{pool, "--tars", "[.tar"}, "source.shards.tars[0]"},
		{[]string{pool, "--id", "A"}, "--id"},
	} {
		if _, stderr, code := command(t.Context(), append([]string{"adopt"}, c.args...)...); code != exitUsage || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: exit %d, want %q\n%s", c.args, code, c.want, stderr)
		}
	}
	if entries, err := os.ReadDir(filepath.Join(pool, "runs")); err == nil {
		t.Errorf("a refused command left %v", entries)
	}
}
