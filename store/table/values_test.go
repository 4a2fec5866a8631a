package table

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"pairmill/schemas"
)

var everyColumn = []schemas.Column{
	{Name: "text", Type: schemas.ColumnString}, {Name: "bytes", Type: schemas.ColumnBinary},
	{Name: "small", Type: schemas.ColumnInt32}, {Name: "large", Type: schemas.ColumnInt64},
	{Name: "single", Type: schemas.ColumnFloat}, {Name: "double", Type: schemas.ColumnDouble},
	{Name: "flag", Type: schemas.ColumnBool}, {Name: "strings", Type: schemas.ColumnStrings},
	{Name: "ints", Type: schemas.ColumnInts}, {Name: "doubles", Type: schemas.ColumnDoubles},
	{Name: "boxes", Type: schemas.ColumnBoxes},
}

var everyValue = [][]any{
	{"a, b", []byte{0, 255}, int32(-7), int64(math.MaxInt64), float32(0.1), 0.1, true, []string{"x", ""},
		[]int64{1 << 60, -1}, []float64{1.5, math.Inf(1)}, [][]float64{{0, 0.25, 0.5, 1}, {}, {2}}},
	{nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil},
	{"", []byte{}, int32(0), int64(0), float32(0), 0.0, false, []string{}, []int64{}, []float64{}, [][]float64{}},
	{"ü", []byte("é"), int32(math.MinInt32), int64(math.MinInt64), float32(math.Inf(-1)), math.MaxFloat64, true,
		[]string{"one"}, []int64{0}, []float64{0}, [][]float64{{}, {1}}},
}

func valuesFile(t testing.TB, columns []schemas.Column, cfg Config, rows ...[]any) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewValues(&b, columns, cfg)
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
	if w.Rows() != int64(len(rows)) {
		t.Fatalf("%d rows, want %d", w.Rows(), len(rows))
	}
	return b.Bytes()
}

func openValues(t testing.TB, file []byte) *ValuesReader {
	t.Helper()
	r, err := OpenValues(bytes.NewReader(file), int64(len(file)), "x.parquet")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func namesOf(columns []schemas.Column) (out []string) {
	for _, c := range columns {
		out = append(out, c.Name)
	}
	return out
}

func TestValuesRoundTrip(t *testing.T) {
	t.Parallel()
	var many [][]any
	for range 100 {
		many = append(many, everyValue...)
	}
	file := valuesFile(t, everyColumn, Config{RowGroupRows: 64, Metadata: map[string]string{"k": "v"}}, many...)
	if again := valuesFile(t, everyColumn, Config{RowGroupRows: 64, Metadata: map[string]string{"k": "v"}}, many...); !bytes.Equal(file, again) {
		t.Error("equal rows gave different bytes")
	}
	r := openValues(t, file)
	if got := r.Columns(); !reflect.DeepEqual(got, everyColumn) {
		t.Errorf("columns %v", got)
	}
	if got := r.RowGroups(); r.Rows() != 400 || len(got) != 7 || got[6] != 384 {
		t.Errorf("%d rows, row groups at %v", r.Rows(), got)
	}
	for _, span := range [][2]int64{{0, 400}, {0, 0}, {63, 65}, {1, 2}, {399, 400}, {100, 300}} {
		got, err := Collect(r.Range(t.Context(), span[0], span[1], namesOf(everyColumn)...))
		want := many[span[0]:span[1]]
		if err != nil || len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("rows %v: %v, %v", span, got, err)
		}
	}
	got, err := Collect(r.Range(t.Context(), 3, 4, "boxes", "text"))
	if want := [][]any{{[][]float64{{}, {1}}, "ü"}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("two columns: %v, %v", got, err)
	}
}

func TestValuesRowGroupsAreBounded(t *testing.T) {
	t.Parallel()
	columns := []schemas.Column{{Name: "jpg", Type: schemas.ColumnBinary}}
	picture := bytes.Repeat([]byte{1, 2, 3, 4}, 1000)
	var rows [][]any
	for range 10 {
		rows = append(rows, []any{picture})
	}
	r := openValues(t, valuesFile(t, columns, Config{RowGroupBytes: 10_000}, rows...))
	if got := r.RowGroups(); !reflect.DeepEqual(got, []int64{0, 3, 6, 9}) {
		t.Errorf("row groups at %v", got)
	}
}

func TestValuesRefuses(t *testing.T) {
	t.Parallel()
	one := []schemas.Column{{Name: "n", Type: schemas.ColumnInt64}}
	for want, try := range map[string]func(w *bytes.Buffer) error{
		"no columns":      func(w *bytes.Buffer) error { _, err := NewValues(w, nil, Config{}); return err },
		`two columns "n"`: func(w *bytes.Buffer) error { _, err := NewValues(w, append(one, one...), Config{}); return err },
		`unknown type "date"`: func(w *bytes.Buffer) error {
			_, err := NewValues(w, []schemas.Column{{Name: "n", Type: "date"}}, Config{})
			return err
		},
		"no meaning": func(w *bytes.Buffer) error { _, err := NewValues(w, one, Config{Omit: []string{"n"}}); return err },
		"write row 0: 2 values for 1 columns": func(w *bytes.Buffer) error {
			v, _ := NewValues(w, one, Config{})
			return v.Write([]any{int64(1), nil})
		},
		"write row 1, column n: string, want int64": func(w *bytes.Buffer) error {
			v, _ := NewValues(w, one, Config{})
			if err := v.Write([]any{nil}); err != nil {
				return err
			}
			if err := v.Write([]any{"1"}); err == nil {
				return nil
			}
			return v.Close()
		},
	} {
		if err := try(new(bytes.Buffer)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
	}
}

func TestValuesMendStrings(t *testing.T) {
	t.Parallel()
	r := openValues(t, valuesFile(t, everyColumn[:1], Config{}, []any{"a\xff\xfeb"}))
	got, err := Collect(r.Range(t.Context(), 0, 1, "text"))
	if err != nil || got[0][0] != "a\uFFFDb" {
		t.Errorf("%q, %v", got, err)
	}
}

// theirs is what other writers put into files: plain, annotated and nested columns.
type theirs struct {
	Text    string            `parquet:"text,dict"`
	Maybe   *string           `parquet:"maybe,optional"`
	Unsign  uint32            `parquet:"unsigned"`
	Long    uint64            `parquet:"long"`
	Day     int32             `parquet:"day,date"`
	Stamp   int64             `parquet:"stamp,timestamp(millisecond)"`
	Micros  int64             `parquet:"micros,timestamp(microsecond)"`
	Clock   int32             `parquet:"clock,time(millisecond)"`
	Price   int64             `parquet:"price,decimal(2:10)"`
	UUID    [16]byte          `parquet:"uuid,uuid"`
	Fixed   [3]byte           `parquet:"fixed"`
	Bare    []float32         `parquet:"bare"`
	Listed  []int32           `parquet:"listed,list"`
	Boxes   [][]float32       `parquet:"boxes,list"`
	Words   []string          `parquet:"words,list"`
	Mapping map[string]string `parquet:"mapping"`
	Group   picture           `parquet:"group"`
}

func TestValuesForeignTypes(t *testing.T) {
	t.Parallel()
	file := foreign(t, theirs{Text: "a", Unsign: math.MaxUint32, Long: math.MaxUint64, Day: 19_000, Stamp: -1, Micros: 1_700_000_000_000_001,
		Clock: 3_723_004, Price: -5, UUID: [16]byte{1, 2, 15: 0xff}, Fixed: [3]byte{1, 2, 3}, Bare: []float32{0.5}, Listed: []int32{7, 8},
		Words: []string{"x", "y"}, Boxes: [][]float32{{0.25}, {}}})
	r := openValues(t, file)
	for name, want := range map[string]any{
		"text": "a", "maybe": nil, "unsigned": int64(math.MaxUint32), "long": "18446744073709551615", "day": "2022-01-08",
		"stamp": "1969-12-31T23:59:59.999Z", "micros": "2023-11-14T22:13:20.000001Z", "clock": "01:02:03.004", "price": "-0.05",
		"uuid": "01020000-0000-0000-0000-0000000000ff", "fixed": []byte{1, 2, 3}, "bare": []float64{0.5},
		"listed": []int64{7, 8}, "words": []string{"x", "y"}, "boxes": [][]float64{{0.25}, {}},
	} {
		got, err := Collect(r.Range(t.Context(), 0, 1, name))
		if err != nil || !reflect.DeepEqual(got[0][0], want) {
			t.Errorf("%s: %#v, %v; want %#v", name, got, err, want)
		}
	}
	for name, want := range map[string]string{
		"mapping": `table x.parquet: column "mapping" is`, "group": `column "group" is a group, which is not read; want one of string`,
		"absent": `no column "absent"; there are "text", "maybe"`,
	} {
		if _, err := r.Column(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %s", name, err, want)
		}
		if _, err := Collect(r.Range(t.Context(), 0, 1, name)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func TestValuesRefuseLZ4(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[picture](&b, parquet.Compression(&parquet.Lz4Raw))
	_, err := w.Write(make([]picture, 1))
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openValues(t, b.Bytes()).Column("path"); err == nil || !strings.Contains(err.Error(), `column "path" is compressed with LZ4_RAW`) {
		t.Error(err)
	}
}

func TestDecimalText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		v     parquet.Value
		scale int32
		want  string
	}{
		{parquet.Int32Value(-1250), 2, "-12.50"},
		{parquet.Int64Value(7), 0, "7"},
		{parquet.FixedLenByteArrayValue([]byte{0xff, 0xff}), 3, "-0.001"},
		{parquet.ByteArrayValue([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0}), 0, "18446744073709551616"},
		{parquet.ByteArrayValue(nil), -3, "0"},
	} {
		if got := decimalText(c.scale)(c.v); got != c.want {
			t.Errorf("%v with %d places: %s, want %s", c.v, c.scale, got, c.want)
		}
	}
}

func TestValuesStop(t *testing.T) {
	t.Parallel()
	r := openValues(t, valuesFile(t, everyColumn, Config{}, everyValue...))
	for range r.Range(t.Context(), 0, 4, "text") {
		break
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Collect(r.Range(ctx, 0, 4, "text")); err != context.Canceled && !strings.Contains(fmt.Sprint(err), "canceled") {
		t.Errorf("cancelled: %v", err)
	}
	if _, err := Collect(r.Range(t.Context(), 2, 9, "text")); err == nil || !strings.Contains(err.Error(), "rows 2 to 9 of 4") {
		t.Errorf("too far: %v", err)
	}
}

func FuzzValues(f *testing.F) {
	f.Add(valuesFile(f, everyColumn, Config{RowGroupRows: 3}, everyValue...))
	f.Add(foreign(f, theirs{Text: "a", Bare: []float32{1}, Words: []string{"w"}}, theirs{}))
	f.Add([]byte("PAR1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := OpenValues(bytes.NewReader(b), int64(len(b)), "x")
		if err != nil || r.Rows() > 10_000 {
			return
		}
		for _, c := range r.Columns() { // the column's types are promised, whatever the file is
			for row, err := range r.Range(t.Context(), 0, r.Rows(), c.Name) {
				if err != nil {
					break
				}
				if s := (valueShredder{column: c}); s.add(row[0]) != nil {
					t.Fatalf("%s %s: %#v", c.Name, c.Type, row[0])
				}
			}
		}
		_, _ = Collect(r.Range(t.Context(), r.Rows()/2, r.Rows(), namesOf(r.Columns())...))
	})
}

// Whatever byte is damaged, there is no panic and no row more or less without an error.
func TestValuesDamagedFiles(t *testing.T) {
	t.Parallel()
	file := valuesFile(t, everyColumn, Config{RowGroupRows: 3}, everyValue...)
	for i := 0; i < len(file); i += 23 {
		bad := bytes.Clone(file)
		bad[i] ^= 1 << (i % 8)
		r, err := OpenValues(bytes.NewReader(bad), int64(len(bad)), "x")
		if err != nil {
			continue
		}
		for _, c := range r.Columns() {
			if got, err := Collect(r.Range(t.Context(), 0, r.Rows(), c.Name)); err == nil && len(got) != len(everyValue) {
				t.Errorf("byte %d, column %s: %d rows of %d and no error", i, c.Name, len(got), len(everyValue))
			}
		}
	}
}
