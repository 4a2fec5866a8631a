package pool

import (
	"bytes"
	"fmt"
	"testing"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/mem"
	"pairmill/store/npy/npytest"
	"pairmill/store/table"
)

// DataComp's columns, as far as they matter.
var columns = []schemas.Column{
	{Name: "uid", Type: schemas.ColumnString}, {Name: "url", Type: schemas.ColumnString}, {Name: "text", Type: schemas.ColumnString},
	{Name: "original_width", Type: schemas.ColumnInt64}, {Name: "clip_l14_similarity_score", Type: schemas.ColumnFloat},
	{Name: "face_bboxes", Type: schemas.ColumnBoxes},
}

func uid(file int, row int64) string { return fmt.Sprintf("%016x%016x", file, row) }

// line is a row of a pool's table.
func line(file int, row int64) []any {
	return []any{uid(file, row), fmt.Sprintf("https://a.test/%d/%d.jpg", file, row), "text", 100*int64(file) + row, float32(row) / 8, [][]float64(nil)}
}

func tableOf(t testing.TB, columns []schemas.Column, rows ...[]any) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := table.NewValues(&b, columns, table.Config{RowGroupRows: max(7, len(rows)/3)})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// lines is the table of a file with n rows.
func lines(t testing.TB, file int, n int64) []byte {
	t.Helper()
	var rows [][]any
	for row := range n {
		rows = append(rows, line(file, row))
	}
	return tableOf(t, columns, rows...)
}

// vector is a vector of a pool: its first value says where it stands, its second which array.
func vector(file int, row int64, array, dim int) []float32 {
	v := make([]float32, dim)
	v[0], v[1] = float32(100*int64(file)+row), float32(array)
	return v
}

// arrays is the .npz of a file with n rows, as DataComp has it.
func arrays(t testing.TB, deflated bool, file int, n int64) []byte {
	t.Helper()
	all := map[string]npytest.Array{}
	for i, name := range []string{"b32_img", "b32_txt", "l14_img", "l14_txt"} {
		var a npytest.Array
		for row := range n {
			a.Rows = append(a.Rows, vector(file, row, i, 4+i/2))
		}
		all[name] = a
	}
	all["dedup"] = npytest.Array{Float32: true, Rows: [][]float32{{1}}}
	return npytest.File(t, deflated, all)
}

func put(t testing.TB, s store.Store, key string, data []byte) {
	t.Helper()
	if _, err := s.Put(t.Context(), key, store.Bytes(data)); err != nil {
		t.Fatal(err)
	}
}

// sizes are the rows of the pool's files.
var sizes = []int64{20, 7, 1, 30, 12}

// world is a pool of five files, every second .npz deflated, beside shards.
func world(t testing.TB) *mem.Store {
	t.Helper()
	s := mem.New()
	for file, n := range sizes {
		put(t, s, fmt.Sprintf("metadata/%d.parquet", file), lines(t, file, n))
		put(t, s, fmt.Sprintf("metadata/%d.npz", file), arrays(t, file%2 == 1, file, n))
	}
	put(t, s, "metadata/s.tar", nil)
	put(t, s, "metadata/s.parquet", tableOf(t, columns[:1]))
	return s
}

func survey(t testing.TB, s store.Store) *Pool {
	t.Helper()
	p, err := Survey(t.Context(), s, []string{"metadata/*.parquet"})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
