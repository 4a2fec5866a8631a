package table

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"pairmill/schemas"
	"pairmill/store"
)

func openExamples(t *testing.T, n, groupRows int) *Table[everything] {
	t.Helper()
	s := stored(t, encode(t, Config{Vectors: vectors, RowGroupRows: groupRows, Metadata: map[string]string{"k": "v"}}, examples(n)...))
	tab, err := Open[everything](t.Context(), s, "t")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tab.Close() })
	return tab
}

func collect(t *testing.T, tab *Table[everything], from, to int64) ([]everything, error) {
	t.Helper()
	var out []everything
	for e, err := range tab.Range(t.Context(), from, to) {
		if err != nil {
			return out, err
		}
		out = append(out, e)
	}
	return out, nil
}

func TestRange(t *testing.T) {
	t.Parallel()
	const n = 5000 // enough for several pages in a column of a row group
	tab := openExamples(t, n, 2100)
	all := examples(n)
	for _, r := range [][2]int64{{0, n}, {0, 0}, {n, n}, {0, 1}, {n - 1, n}, {2099, 2101}, {1000, 1001}, {2050, 4300}, {4200, n}, {63, 65}} {
		got, err := collect(t, tab, r[0], r[1])
		if err != nil || len(got) != int(r[1]-r[0]) || len(got) > 0 && !reflect.DeepEqual(got, all[r[0]:r[1]]) {
			t.Errorf("rows %v: %d rows, %v", r, len(got), err)
		}
	}
	for _, r := range [][2]int64{{-1, 1}, {2, 1}, {0, n + 1}} {
		if _, err := collect(t, tab, r[0], r[1]); err == nil {
			t.Errorf("rows %v: no error", r)
		}
	}
}

func TestTableIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	tab := openExamples(t, 400, 64)
	var wg sync.WaitGroup
	for i := range int64(8) {
		wg.Go(func() {
			if got, err := collect(t, tab, i*50, i*50+50); err != nil || !reflect.DeepEqual(got, examples(400)[i*50:i*50+50]) {
				t.Errorf("rows from %d: %v", i*50, err)
			}
		})
	}
	wg.Wait()
}

func TestTableDescribesItself(t *testing.T) {
	t.Parallel()
	tab := openExamples(t, 7, 3)
	want := []string{"uid", "captions", "flag", "count", "total", "score", "exact", "why", "image", "tags", "numbers", "loose", "a_vector", "b_vector", "Plain"}
	if got := tab.Columns(); !slices.Equal(got, want) || tab.Rows() != 7 {
		t.Errorf("columns %q, %d rows", got, tab.Rows())
	}
	if v, ok := tab.Metadata("k"); v != "v" || !ok {
		t.Errorf("metadata %q, %t", v, ok)
	}
	if _, ok := tab.Metadata("absent"); ok {
		t.Error("absent metadata is there")
	}
}

func TestReaderMayStopAndContextMayEnd(t *testing.T) {
	t.Parallel()
	tab := openExamples(t, 300, 100)
	n := 0
	for range tab.All(t.Context()) {
		if n++; n == 150 {
			break
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	n = 0
	var last error
	for _, err := range tab.All(ctx) {
		if last = err; err == nil {
			n++
		}
		cancel()
	}
	if !errors.Is(last, context.Canceled) || n > readRows {
		t.Errorf("%d rows, then %v", n, last)
	}
}

// A struct names the columns that are read; the file may hold more, in another order.
func TestProjection(t *testing.T) {
	t.Parallel()
	type narrow struct {
		Vector   []float32 `parquet:"a_vector"`
		UID      string    `parquet:"uid"`
		Captions []struct {
			Language string `parquet:"language"`
			Text     string `parquet:"text"`
		} `parquet:"captions"`
	}
	got, err := read[narrow](t, stored(t, encode(t, Config{Vectors: vectors}, examples(10)...)))
	if err != nil || len(got) != 10 {
		t.Fatal(len(got), err)
	}
	for i, e := range examples(10) {
		if g := got[i]; g.UID != e.UID || !slices.Equal(g.Vector, e.Vector) || len(g.Captions) != len(e.Captions) ||
			len(g.Captions) > 1 && (g.Captions[1].Text != e.Captions[1].Text || g.Captions[1].Language != "x") {
			t.Errorf("row %d: %+v", i, g)
		}
	}
}

func TestOmit(t *testing.T) {
	t.Parallel()
	cfg := Config{Omit: []string{"image", "a_vector", "b_vector"}}
	s := stored(t, encode(t, cfg, examples(5)...))
	if _, err := read[everything](t, s); err == nil || !strings.Contains(err.Error(), `column image.bytes: the file has no "image"`) {
		t.Errorf("error %v", err)
	}
	got, err := read[everything](t, s, cfg.Omit...)
	if err != nil || len(got) != 5 || got[3].Image.Path != "" || got[3].Vector != nil || got[3].UID != example(3).UID {
		t.Errorf("%d rows, %v", len(got), err)
	}
}

func TestAbsentObject(t *testing.T) {
	t.Parallel()
	s := stored(t, nil)
	for _, err := range Read[everything](t.Context(), s, "absent") {
		if !errors.Is(err, store.ErrNotExist) {
			t.Errorf("error %v", err)
		}
	}
	if _, err := Check(t.Context(), s, "absent"); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("error %v", err)
	}
}

// The rows of the vocabulary can be stored.
func TestSchemas(t *testing.T) {
	t.Parallel()
	row := schemas.Row{ID: "1", Captions: []schemas.Caption{{Text: "x"}, {Text: "y", Source: "alt"}}, Depth: 3, ImageOffset: 1 << 40}
	got, err := read[schemas.Row](t, stored(t, encode(t, Config{}, row, schemas.Row{})))
	if err != nil || !reflect.DeepEqual(got, []schemas.Row{row, {}}) {
		t.Errorf("%+v, %v", got, err)
	}
	encode(t, Config{}, schemas.Candidate{})
	encode(t, Config{}, schemas.Link{})
	encode(t, Config{}, schemas.Page{})
	encode(t, Config{}, schemas.Observation{})
}
