package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pairmill/encoder/onnx"
	"pairmill/internal/search"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/local"
	"pairmill/store/table"
)

// testModel is a CLIP export of a few kilobytes with weights that mean nothing.
const testModel = "../../encoder/onnx/testdata/plain"

// needRuntime skips the test when ONNX Runtime is not installed, unless PAIRMILL_REQUIRE_ORT says that it must be.
func needRuntime(t *testing.T) {
	t.Helper()
	if _, err := onnx.LibraryPath(""); err != nil && os.Getenv("PAIRMILL_REQUIRE_ORT") == "" {
		t.Skip(err)
	}
}

// searchable makes a store with version v0002 of a dataset whose captions are texts, with the test model's vectors of
// the texts in place of the images'; they are zero without a runtime.
func searchable(t *testing.T, texts []string, vectors [][]float32) (storeDir string) {
	t.Helper()
	report, err := onnx.Inspect(os.DirFS(testModel), onnx.Config{})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	s, err := local.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	v := table.Vector{Dim: report.Info.Dim, Type: schemas.Float32}
	var b bytes.Buffer
	w, err := table.NewWriter[schemas.DatasetRow](&b, table.Config{
		Vectors: map[string]table.Vector{"image_embedding": v, "text_embedding": v}, Omit: []string{"image"}})
	if err != nil {
		t.Fatal(err)
	}
	for i, text := range texts {
		vector := make([]float32, v.Dim)
		if vectors != nil {
			vector = vectors[i]
		}
		row := schemas.DatasetRow{UID: fmt.Sprint(i), Key: fmt.Sprintf("0000%d", i), Caption: text, URL: "http://a.test/x.png",
			ImageEmbedding: vector, TextEmbedding: vector}
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	m := schemas.Manifest{Version: schemas.Version, Dataset: "small", Encoder: report.Info.Fingerprint, Dim: v.Dim,
		Objects: []schemas.Object{{Role: schemas.RoleData, Key: "data/train.parquet"}}}
	manifest, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	for key, data := range map[string][]byte{
		"datasets/small/v0002/data/train.parquet": b.Bytes(), "datasets/small/v0002/manifest.json": manifest,
		"datasets/small/v0010/data/unfinished": []byte("x"), // has no manifest yet
	} {
		if _, err := s.Put(t.Context(), key, store.Bytes(data)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestSearchStory(t *testing.T) {
	t.Parallel()
	needRuntime(t)
	texts := []string{"red", "Two  blue CIRCLES of red", "it's 7\x1b]8;;http://evil.test\x07 dogs!"}
	enc, err := onnx.Open(os.DirFS(testModel), onnx.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	vectors, err := enc.EncodeTexts(t.Context(), texts)
	if err != nil {
		t.Fatal(err)
	}
	dir := searchable(t, texts, vectors)
	dataset := filepath.Join(dir, "datasets", "small")
	for name, args := range map[string][]string{
		"version": {filepath.Join(dataset, "v0002")}, "latest": {dataset}, "by name": {"small", "--store", dir},
	} {
		args = append([]string{"search", "--model", testModel, "--json", "-k", "2"}, append(args, texts[1])...)
		code, out, errs := pairmill(t, args...)
		var hit search.Hit
		first, _, _ := strings.Cut(out, "\n")
		if err := json.Unmarshal([]byte(first), &hit); code != exitDone || err != nil || hit.Caption != texts[1] || hit.Cosine < 0.999 || hit.Rank != 1 {
			t.Errorf("%s: exit %d, %v\n%s%s", name, code, err, out, errs)
		}
		if n := strings.Count(out, "\n"); n != 2 {
			t.Errorf("%s: %d hits, want 2", name, n)
		}
	}
	code, out, errs := pairmill(t, "search", dataset, texts[2], "--model", testModel)
	if lines := strings.Split(out, "\n"); code != exitDone || len(lines) < 2 || !strings.HasPrefix(lines[1], "1 ") || !strings.Contains(lines[1], "00002") || strings.ContainsAny(out, "\x1b\x07") {
		t.Errorf("table: exit %d\n%q%s", code, out, errs)
	}
	picture := filepath.Join(t.TempDir(), "x.png")
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 20, 20))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(picture, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, out, errs := pairmill(t, "search", dataset, "--image", picture, "--model", testModel); code != exitDone || strings.Count(out, "\n") != 4 {
		t.Errorf("picture: exit %d\n%s%s", code, out, errs)
	}
}

func TestSearchRefuses(t *testing.T) {
	t.Parallel()
	dir := searchable(t, []string{"red"}, nil)
	dataset := filepath.Join(dir, "datasets", "small")
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no query":        {[]string{dataset}, "--image"},
		"two queries":     {[]string{dataset, "red", "--image", "x.png"}, "--image"},
		"no hits":         {[]string{dataset, "red", "-k", "0"}, "-k"},
		"no dataset":      {[]string{filepath.Join(dir, "runs"), "red"}, "runs"},
		"another encoder": {[]string{dataset, "red", "--model", "../../encoder/onnx/testdata/half"}, "encoder is not the one"},
		"no model":        {[]string{dataset, "red", "--model", "nowhere"}, "nowhere"},
	} {
		code, out, errs := pairmill(t, append([]string{"search"}, test.args...)...)
		if code != exitUsage || out != "" || !strings.Contains(errs, test.want) {
			t.Errorf("%s: exit %d, printed %q and %q, want %q", name, code, out, errs, test.want)
		}
	}
}
