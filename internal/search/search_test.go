package search_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pairmill/encoder"
	"pairmill/encoder/encodertest"
	"pairmill/internal/search"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/mem"
	"pairmill/store/table"
)

// dataset makes a version of plain-coloured pictures, one part for each group of words.
func dataset(t *testing.T, enc encoder.Encoder, parts ...[]string) store.Store {
	t.Helper()
	s := mem.New()
	m := schemas.Manifest{Version: schemas.Version, Dataset: "d", Name: "v0001", Encoder: enc.Info().Fingerprint, Dim: enc.Info().Dim}
	n := 0
	for i, words := range parts {
		var b bytes.Buffer
		v := table.Vector{Dim: m.Dim, Type: schemas.Float32}
		w, err := table.NewWriter[schemas.DatasetRow](&b, table.Config{
			Vectors: map[string]table.Vector{"image_embedding": v, "text_embedding": v}, Omit: []string{"image"}})
		if err != nil {
			t.Fatal(err)
		}
		vectors, err := enc.EncodeTexts(t.Context(), words)
		if err != nil {
			t.Fatal(err)
		}
		for j, word := range words {
			row := schemas.DatasetRow{UID: fmt.Sprint(n), Key: fmt.Sprintf("%04d", n), URL: "http://a.test/" + word, Caption: word,
				ImageEmbedding: vectors[j], TextEmbedding: vectors[j], Similarity: 1}
			if err := w.Write(row); err != nil {
				t.Fatal(err)
			}
			n++
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		o := schemas.Object{Role: schemas.RoleData, Key: fmt.Sprintf("data/%d.parquet", i)}
		put(t, s, o.Key, b.Bytes())
		m.Objects = append(m.Objects, o, schemas.Object{Role: schemas.RoleTar, Key: "shards/none.tar"})
	}
	data, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, "manifest.json", data)
	return s
}

func put(t *testing.T, s store.Store, key string, data []byte) {
	t.Helper()
	if _, err := s.Put(t.Context(), key, store.Bytes(data)); err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, s store.Store) *search.Dataset {
	t.Helper()
	d, err := search.Open(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func captions(hits []search.Hit) []string {
	var out []string
	for _, h := range hits {
		out = append(out, h.Caption)
	}
	return out
}

func TestTextFindsWhatItSays(t *testing.T) {
	t.Parallel()
	enc := &encodertest.Fake{}
	d := open(t, dataset(t, enc, []string{"red", "green", "blue"}, []string{"yellow", "red and blue"}))
	for query, want := range map[string][]string{"a green thing": {"green"}, "all red": {"red", "red and blue"}} {
		hits, err := d.Text(t.Context(), enc, query, len(want))
		if err != nil {
			t.Fatal(err)
		}
		if got := captions(hits); !slices.Equal(got, want) {
			t.Errorf("%q finds %q, want %q", query, got, want)
		}
		if h := hits[0]; h.Rank != 1 || h.Cosine < 0.5 || h.Key == "" || h.URL != "http://a.test/"+h.Caption || h.Similarity != 1 {
			t.Errorf("%q finds %+v", query, h)
		}
	}
}

func TestPictureFindsItsColour(t *testing.T) {
	t.Parallel()
	enc := &encodertest.Fake{}
	d := open(t, dataset(t, enc, []string{"red", "green", "blue"}))
	hits, err := d.Picture(t.Context(), enc, encoder.Pixels{W: 2, H: 1, RGB: []byte{0, 0, 250, 0, 0, 240}}, 1)
	if err != nil || len(hits) != 1 || hits[0].Caption != "blue" {
		t.Errorf("blue picture finds %v, %v", hits, err)
	}
}

// The heap finds what sorting everything finds, whatever k is.
func TestNearestIsWhatSortingFinds(t *testing.T) {
	t.Parallel()
	enc := &encodertest.Fake{}
	var words []string
	for i := range 150 {
		words = append(words, fmt.Sprintf("red %d", i/2)) // pairs of one cosine: keys decide
	}
	d := open(t, dataset(t, enc, words[:40], words[40:]))
	query, err := enc.EncodeTexts(t.Context(), []string{"red"})
	if err != nil {
		t.Fatal(err)
	}
	all, err := d.Nearest(t.Context(), query[0], len(words)+5)
	if err != nil || len(all) != len(words) {
		t.Fatalf("%d hits, %v", len(all), err)
	}
	for i := range all[1:] {
		if a, b := all[i], all[i+1]; a.Cosine < b.Cosine || a.Cosine == b.Cosine && a.Key >= b.Key || b.Rank != i+2 {
			t.Fatalf("hit %+v stands before %+v", a, b)
		}
	}
	for _, k := range []int{0, 1, 2, 7, 149} {
		hits, err := d.Nearest(t.Context(), query[0], k)
		if err != nil || !slices.Equal(hits, all[:k]) {
			t.Errorf("k = %d: %v, %v", k, captions(hits), err)
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	enc := &encodertest.Fake{}
	s := dataset(t, enc, []string{"red"})
	d := open(t, s)
	if _, err := d.Text(t.Context(), &encodertest.Fake{Fingerprint: "other"}, "red", 1); !errors.Is(err, search.ErrEncoder) {
		t.Errorf("another encoder: %v", err)
	}
	if _, err := d.Nearest(t.Context(), []float32{1}, 1); err == nil || !strings.Contains(err.Error(), "1 values") {
		t.Errorf("a vector of another space: %v", err)
	}
	for name, manifest := range map[string]string{"no vectors": `{"v":1}`, "another version": `{"v":99,"dim":1}`, "no JSON": `{`} {
		s := mem.New()
		put(t, s, "manifest.json", []byte(manifest))
		if _, err := search.Open(t.Context(), s); err == nil || name == "no vectors" && !errors.Is(err, search.ErrNoVectors) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := search.Open(t.Context(), mem.New()); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("no dataset: %v", err)
	}
}

func TestNaNComesLast(t *testing.T) {
	t.Parallel()
	enc := &encodertest.Fake{}
	d := open(t, dataset(t, enc, []string{"red", "green"}))
	query := make([]float32, enc.Info().Dim)
	query[0] = float32(math.NaN())
	if hits, err := d.Nearest(t.Context(), query, 5); err != nil || len(hits) != 2 {
		t.Errorf("%v, %v", hits, err)
	}
}
