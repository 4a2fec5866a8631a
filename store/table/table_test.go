package table

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"pairmill/internal/float16"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/mem"
)

type reason string

type picture struct {
	Bytes []byte `parquet:"bytes,optional"`
	Path  string `parquet:"path,optional"`
}

// everything has each kind of column; its names are not in the alphabet's order.
type everything struct {
	UID      string            `parquet:"uid"`
	Captions []schemas.Caption `parquet:"captions,list"`
	Flag     bool              `parquet:"flag"`
	Count    int32             `parquet:"count"`
	Total    int64             `parquet:"total"`
	Score    float32           `parquet:"score"`
	Exact    float64           `parquet:"exact"`
	Why      reason            `parquet:"why"`
	Image    picture           `parquet:"image,optional"`
	Tags     []string          `parquet:"tags,list"`
	Numbers  []int64           `parquet:"numbers"`
	Loose    []float32         `parquet:"loose,list"`
	Vector   []float32         `parquet:"a_vector,list"`
	Exactly  []float32         `parquet:"b_vector,list"`
	Plain    int32
	_        int
	Skipped  chan int `parquet:"-"`
}

var vectors = map[string]Vector{
	"a_vector": {Dim: 3, Type: schemas.Float16},
	"b_vector": {Dim: 2, Type: schemas.Float32},
}

func example(i int) everything {
	e := everything{
		UID: fmt.Sprintf("%032x", i), Flag: i%2 == 0, Count: int32(-i), Total: int64(i) << 33, Score: float32(i) / 3,
		Exact: math.Sqrt(float64(i)), Why: reason(strings.Repeat("r", i%3)), Plain: int32(i),
		Image:   picture{Path: fmt.Sprint("p", i)},
		Vector:  []float32{float32(i % 2048), 0.5, -1},
		Exactly: []float32{float32(i) / 7, -float32(i)},
	}
	for j := range i % 4 {
		e.Captions = append(e.Captions, schemas.Caption{Text: fmt.Sprintf("ünï %d/%d", i, j), Source: "alt", Language: strings.Repeat("x", j)})
		e.Tags = append(e.Tags, strings.Repeat("t", j))
		e.Numbers = append(e.Numbers, int64(i*j))
		e.Loose = append(e.Loose, float32(j)/9)
		e.Image.Bytes = append(e.Image.Bytes, byte(i), 0)
	}
	return e
}

func examples(n int) []everything {
	out := make([]everything, n)
	for i := range out {
		out[i] = example(i)
	}
	return out
}

func encode[T any](t testing.TB, cfg Config, rows ...T) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter[T](&b, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(rows...); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// stored puts a file under the key "t".
func stored(t testing.TB, file []byte) store.Store {
	t.Helper()
	s := mem.New()
	if _, err := s.Put(context.Background(), "t", store.Bytes(file)); err != nil {
		t.Fatal(err)
	}
	return s
}

// read collects rows until an error. From far away they must be the same, and end in the same way.
func read[T any](t testing.TB, s store.Store, omit ...string) ([]T, error) {
	t.Helper()
	rows, err := readOnce[T](s, omit...)
	stride := strideFor(t, s)
	far, farErr := readOnce[T](&distance{Store: s, stride: stride}, omit...)
	if len(far) != len(rows) || (err == nil) != (farErr == nil) || len(rows) > 0 && !reflect.DeepEqual(far, rows) {
		t.Errorf("from far away, in strides of %d: %d rows and %v; at hand %d rows and %v", stride, len(far), farErr, len(rows), err)
	}
	return rows, err
}

// strideFor is one of some, by the file's content: all of them take too long.
func strideFor(t testing.TB, s store.Store) int64 {
	t.Helper()
	file, err := store.ReadAll(context.Background(), s, "t", 1<<30)
	if err != nil && !errors.Is(err, store.ErrNotExist) {
		t.Fatal(err)
	}
	return []int64{64, 4 << 10, 1 << 20}[crc32.ChecksumIEEE(file)%3]
}

func readOnce[T any](s store.Store, omit ...string) ([]T, error) {
	var out []T
	for row, err := range Read[T](context.Background(), s, "t", omit...) {
		if err != nil {
			return out, err
		}
		out = append(out, row)
	}
	return out, nil
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 64, 65, 200} {
		for _, groupRows := range []int{0, 33, 64} {
			rows := examples(n)
			file := encode(t, Config{Vectors: vectors, RowGroupRows: groupRows}, rows...)
			got, err := read[everything](t, stored(t, file))
			if err != nil {
				t.Fatalf("%d rows, groups of %d: %v", n, groupRows, err)
			}
			if !reflect.DeepEqual(got, slices.Clip(rows)) && n > 0 || len(got) != n {
				t.Fatalf("%d rows, groups of %d: not equal", n, groupRows)
			}
			if rows, err := Check(t.Context(), stored(t, file), "t"); rows != int64(n) || err != nil {
				t.Errorf("check: %d rows, %v", rows, err)
			}
		}
	}
}

// Rows one by one make the same file as rows at once, and no file depends on when it was made.
func TestBytesAreDeterministic(t *testing.T) {
	t.Parallel()
	cfg := Config{Vectors: vectors, RowGroupRows: 70, Metadata: map[string]string{"z": "1", "a": "2", "m": "3"}}
	want := encode(t, cfg, examples(150)...)
	for range 2 {
		var b bytes.Buffer
		n, err := Write(&b, cfg, func(yield func(everything, error) bool) {
			for _, e := range examples(150) {
				if !yield(e, nil) {
					return
				}
			}
		})
		if n != 150 || err != nil {
			t.Fatal(n, err)
		}
		again, err := read[everything](t, stored(t, b.Bytes()))
		if err != nil || !reflect.DeepEqual(again, examples(150)) {
			t.Fatalf("one by one: %v", err)
		}
		if !bytes.Equal(encode(t, cfg, examples(150)...), want) {
			t.Fatal("equal rows gave other bytes")
		}
	}
}

func TestWriteStopsAtTheFirstError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	n, err := Write(&bytes.Buffer{}, Config{Vectors: vectors}, func(yield func(everything, error) bool) {
		_ = yield(example(1), nil) && yield(everything{}, broken)
	})
	if n != 1 || !errors.Is(err, broken) {
		t.Errorf("%d, %v", n, err)
	}
}

// Write keeps nothing of a row.
func TestCallerMayReuseSlices(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w, err := NewWriter[everything](&b, Config{Vectors: vectors})
	if err != nil {
		t.Fatal(err)
	}
	row := example(3)
	for i := range 3 {
		row.Image.Bytes[0], row.Vector[0] = byte(i), float32(i)
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	row.Image.Bytes[0] = 99
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := read[everything](t, stored(t, b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range got {
		if e.Image.Bytes[0] != byte(i) || e.Vector[0] != float32(i) {
			t.Errorf("row %d holds %v, %v", i, e.Image.Bytes, e.Vector)
		}
	}
}

func TestHalvesAreRounded(t *testing.T) {
	t.Parallel()
	type row struct {
		V []float32 `parquet:"v"`
	}
	in := []float32{0.1, 1.0 / 3, 65504, 1e-7, -0.7071}
	file := encode(t, Config{Vectors: map[string]Vector{"v": {5, schemas.Float16}}}, row{in})
	got, err := read[row](t, stored(t, file))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range in {
		if want := float16.To32(float16.From32(f)); got[0].V[i] != want {
			t.Errorf("%v came back as %v, want %v", f, got[0].V[i], want)
		}
	}
}

func TestInvalidUTF8IsMended(t *testing.T) {
	t.Parallel()
	type row struct{ S string }
	got, err := read[row](t, stored(t, encode(t, Config{}, row{"a\xff\xfeb\x00"})))
	if err != nil || got[0].S != "a\uFFFDb\x00" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestRowGroupsAreBounded(t *testing.T) {
	t.Parallel()
	type row struct{ B []byte }
	rows := make([]row, 500)
	for i := range rows {
		rows[i].B = make([]byte, 1000)
	}
	for _, c := range []struct {
		cfg  Config
		want int // rows in the largest row group
	}{
		{Config{}, 500}, {Config{RowGroupRows: 300}, 300}, {Config{RowGroupBytes: 100_000}, 100},
		{Config{RowGroupBytes: 1001}, 2}, {Config{RowGroupRows: 50, RowGroupBytes: 100_000}, 50},
	} {
		file := encode(t, c.cfg, rows...)
		f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		most := int64(0)
		for _, g := range f.RowGroups() {
			most = max(most, g.NumRows())
		}
		if f.NumRows() != 500 || most != int64(c.want) {
			t.Errorf("%+v: %d rows, at most %d in a group; want %d", c.cfg, f.NumRows(), most, c.want)
		}
	}
}
