package table

import (
	"math"
	"os"
	"reflect"
	"testing"
)

// What pyarrow stores, in files of testdata/foreign.py.
func TestValuesOfPyarrow(t *testing.T) {
	t.Parallel()
	file, err := os.ReadFile("testdata/foreign.parquet")
	if err != nil {
		t.Fatal(err)
	}
	r := openValues(t, file)
	for name, want := range map[string][]any{
		"large":      {"a", nil, "ü"},
		"dictionary": {"x", "x", nil},
		"tiny":       {int32(-1), nil, int32(127)},
		"word":       {int32(65535), int32(0), nil},
		"dword":      {int64(math.MaxUint32), int64(0), nil},
		"qword":      {"18446744073709551615", "0", nil},
		"half":       {float32(0.5), nil, float32(-2)},
		"price":      {"-12.50", nil, "0.07"},
		"day":        {"2024-02-29", nil, "1969-12-31"},
		"moment":     {"2024-02-29T23:59:58.123456", nil, "2024-02-29T23:59:58.123456"},
		"instant":    {"2024-02-29T23:59:58.005Z", nil, nil},
		"clock":      {"23:59:58.123456", nil, nil},
		"nothing":    {nil, nil, nil},
		"words":      {[]string{"a", ""}, nil, []string{}},
		"ints":       {[]int64{1, 2}, nil, []int64{}},
		"fixed":      {[]float64{0.5, 1.5}, nil, []float64{0, 1}},
		"boxes":      {[][]float64{{0, 0, 1, 1}, {}}, nil, [][]float64{}},
		"raw":        {[]byte{0, 255}, nil, []byte{}},
	} {
		rows, err := Collect(r.Range(t.Context(), 0, 3, name))
		var got []any
		for _, row := range rows {
			got = append(got, row[0])
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %#v, %v; want %#v", name, got, err, want)
		}
		last, err := Collect(r.Range(t.Context(), 1, 3, name)) // from the middle of a row group
		if err != nil || len(last) != 2 || !reflect.DeepEqual(last[0][0], want[1]) || !reflect.DeepEqual(last[1][0], want[2]) {
			t.Errorf("%s from row 1: %#v, %v", name, last, err)
		}
	}
	if _, err := r.Column("struct"); err == nil {
		t.Error("a struct was taken")
	}
}
