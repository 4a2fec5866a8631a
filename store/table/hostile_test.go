package table

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// foreign writes rows as the library does by itself: optional columns, other encodings.
func foreign[T any](t testing.TB, rows ...T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestForeignFiles(t *testing.T) {
	t.Parallel()
	type theirs struct {
		Text  *string   `parquet:"text,optional,dict"`
		Small int32     `parquet:"small"`
		Real  float32   `parquet:"real"`
		Fixed [4]byte   `parquet:"fixed"`
		List  []string  `parquet:"list,list"`
		Bare  []float32 `parquet:"bare"`
		Group *struct {
			Inner string `parquet:"inner"`
		} `parquet:"group,optional"`
	}
	type ours struct {
		Text  string    `parquet:"text"`
		Small int64     `parquet:"small"`
		Real  float64   `parquet:"real"`
		Fixed []byte    `parquet:"fixed"`
		List  []string  `parquet:"list"`
		Bare  []float32 `parquet:"bare"`
		Group struct {
			Inner string `parquet:"inner"`
		} `parquet:"group"`
	}
	hello := "hello"
	file := foreign(t, theirs{Text: &hello, Small: -3, Real: 0.5, Fixed: [4]byte{1, 2, 3, 4}, List: []string{"a", "", "c"}, Bare: []float32{1, 2}},
		theirs{Group: &struct {
			Inner string `parquet:"inner"`
		}{"in"}})
	want := []ours{{Text: hello, Small: -3, Real: 0.5, Fixed: []byte{1, 2, 3, 4}, List: []string{"a", "", "c"}, Bare: []float32{1, 2}},
		{Fixed: make([]byte, 4)}}
	want[1].Group.Inner = "in"
	got, err := read[ours](t, stored(t, file))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestColumnsThatDoNotFit(t *testing.T) {
	t.Parallel()
	type theirs struct {
		Text   string     `parquet:"text"`
		Number int64      `parquet:"number"`
		List   []string   `parquet:"list,list"`
		Deep   [][]string `parquet:"deep,list"`
		Group  picture    `parquet:"group"`
	}
	s := stored(t, foreign(t, theirs{}))
	tell := func(err error) string {
		if err == nil {
			return ""
		}
		return err.Error()
	}
	_, absent := read[struct {
		X string `parquet:"x"`
	}](t, s)
	_, text := read[struct {
		X int64 `parquet:"text"`
	}](t, s)
	_, number := read[struct {
		X int32 `parquet:"number"`
	}](t, s)
	_, list := read[struct {
		X string `parquet:"list"`
	}](t, s)
	_, scalar := read[struct {
		X []string `parquet:"text"`
	}](t, s)
	_, deep := read[struct {
		X []string `parquet:"deep"`
	}](t, s)
	_, group := read[struct {
		X string `parquet:"group"`
	}](t, s)
	for want, err := range map[string]error{
		`open table t: column x: the file has no "x"`: absent,
		"column text: BYTE_ARRAY, want int64":         text,
		"column number: INT64, want int32":            number,
		"column list: a group, want string":           list,
		"column text: lists inside each other: 0":     scalar,
		"column deep: a group, want string":           deep,
		"column group: a group, want string":          group,
	} {
		if !strings.Contains(strings.ReplaceAll(tell(err), "INT(64,true)", "INT64"), want) && !strings.Contains(strings.ReplaceAll(tell(err), "STRING", "BYTE_ARRAY"), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

// uneven writes a file of two columns that declares as many rows as the first has.
func uneven(t *testing.T, a, b int) []byte {
	t.Helper()
	var out bytes.Buffer
	columns, err := columnsOf[picture](nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	w := parquet.NewGenericWriter[any](&out, schemaOf(columns))
	g := w.BeginRowGroup()
	for i, n := range []int{a, b} {
		for range n {
			if _, err := g.ColumnWriters()[i].WriteRowValues([]parquet.Value{parquet.ByteArrayValue([]byte("x")).Level(0, 0, i)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := g.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRowsReadEqualRowsDeclared(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b int
		want error
	}{{5, 5, nil}, {5, 6, errTooMany}, {5, 4, errTooFew}, {64, 65, errTooMany}, {300, 100, errTooFew}} {
		s := stored(t, uneven(t, c.a, c.b))
		if _, err := read[picture](t, s); !errors.Is(err, c.want) || c.want != nil && !strings.Contains(err.Error(), "read table t, row group 0: column path") {
			t.Errorf("%d and %d rows: error %v, want %v", c.a, c.b, err, c.want)
		}
		if _, err := Check(t.Context(), s, "t"); !errors.Is(err, c.want) {
			t.Errorf("%d and %d rows: check %v, want %v", c.a, c.b, err, c.want)
		}
	}
}

func TestTruncatedFiles(t *testing.T) {
	t.Parallel()
	file := encode(t, Config{Vectors: vectors, RowGroupRows: 4}, examples(6)...)
	for n := 0; n < len(file); n += 19 {
		s := stored(t, file[:n])
		if _, err := read[everything](t, s); err == nil {
			t.Fatalf("cut at %d: no error", n)
		}
	}
}

// Whatever byte is damaged, there is no panic and no row more or less without an error.
func TestDamagedFiles(t *testing.T) {
	t.Parallel()
	rows := examples(6)
	file := encode(t, Config{Vectors: vectors, RowGroupRows: 4}, rows...)
	for i := 0; i < len(file); i += 41 {
		bad := slices.Clone(file)
		bad[i] ^= 1 << (i % 8)
		s := stored(t, bad)
		if got, err := read[everything](t, s); err == nil && len(got) != len(rows) {
			t.Errorf("byte %d: %d rows of %d and no error", i, len(got), len(rows))
		}
		if n, err := Check(t.Context(), s, "t"); err == nil && int(n) != len(rows) {
			t.Errorf("byte %d: check found %d rows of %d", i, n, len(rows))
		}
	}
}

func TestBadFooters(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"":                             "0 bytes are no Parquet file",
		"PAR1PAR1":                     "8 bytes are no Parquet file",
		"PAR1....\x00\x00\x00\x00PAR2": `ends with "PAR2"`,
		"PAR1....\xff\xff\xff\xffPAR1": "footer of 4294967295 bytes in a file of 16",
		"PAR1....\x05\x00\x00\x00PAR1": "footer of 5 bytes in a file of 16",
		"PAR1\x19\xfc\xff\xff\xff\xff\x07\x00\x08\x00\x00\x00PAR1": "footer: damaged Thrift: list of 2147483647 in 1 bytes",
	} {
		_, err := read[picture](t, stored(t, []byte(file)))
		if err == nil || !strings.Contains(err.Error(), "open table t: "+want) {
			t.Errorf("%q: error %v, want %s", file, err, want)
		}
	}
}

// Reading from the middle goes through the page index: a damaged one leads nowhere else.
func TestDamagedPageIndexes(t *testing.T) {
	t.Parallel()
	file := encode(t, Config{}, make([]picture, 3000)...)
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	column := f.Metadata().RowGroups[0].Columns[1]
	for i := range int64(column.OffsetIndexLength) {
		bad := slices.Clone(file)
		bad[column.OffsetIndexOffset+i] ^= 0xf0
		tab, err := Open[picture](t.Context(), stored(t, bad), "t")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, err = range tab.Range(t.Context(), 2000, 3000) {
			n++
		}
		if err == nil && n != 1000 {
			t.Errorf("byte %d: %d rows and no error", i, n)
		}
	}
}

// Pages carry checksums: a damaged one is never read.
func TestDamagedPages(t *testing.T) {
	t.Parallel()
	file := encode(t, Config{Vectors: vectors, RowGroupRows: 4}, examples(6)...)
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for _, column := range f.OffsetIndexes() {
		for _, page := range column.PageLocations {
			bad := slices.Clone(file)
			bad[page.Offset+int64(page.CompressedPageSize)-1] ^= 1
			_, err := read[everything](t, stored(t, bad))
			_, check := Check(t.Context(), stored(t, bad), "t")
			if err == nil || check == nil {
				t.Errorf("damaged page at %d: %v, %v", page.Offset, err, check)
			}
		}
	}
}

// asLZ4 makes a footer say of column number n that it is compressed with LZ4, by the one bit that makes it so.
func asLZ4(t testing.TB, file []byte, n int) []byte {
	t.Helper()
	bad := slices.Clone(file)
	for i := len(bad) - 8 - int(binary.LittleEndian.Uint32(bad[len(bad)-8:])); i < len(bad)-8; i++ {
		if bad[i] != 0x0c { // 6, zstd, as Thrift's compact protocol writes it
			continue
		}
		bad[i] ^= 2
		f, err := parquet.OpenFile(bytes.NewReader(bad), int64(len(bad)))
		if err == nil && f.Metadata().RowGroups[0].Columns[n].MetaData.Codec == format.Lz4Raw {
			return bad
		}
		bad[i] ^= 2
	}
	t.Fatalf("no byte makes column %d LZ4", n)
	return nil
}

// What is not LZ4 and is taken for it makes the library try ever larger outputs, until the process dies of it.
func TestOneBitIsNotLZ4(t *testing.T) {
	t.Parallel()
	file := encode(t, Config{Vectors: vectors}, examples(300)...)
	for n := range 3 {
		s := stored(t, asLZ4(t, file, n))
		if _, err := read[everything](t, s); err == nil || !strings.Contains(err.Error(), "LZ4") {
			t.Errorf("column %d: read: %v", n, err)
		}
		if _, err := Check(t.Context(), s, "t"); err == nil || !strings.Contains(err.Error(), "LZ4") {
			t.Errorf("column %d: check: %v", n, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("PAR1PAR1"))
	f.Add(encode(f, Config{Vectors: vectors}, examples(3)...))
	f.Add(encode(f, Config{RowGroupRows: 2}, examples(5)...))
	f.Add(asLZ4(f, encode(f, Config{Vectors: vectors}, examples(300)...), 0))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := stored(t, b)
		rows, err := read[everything](t, s)
		if n, check := Check(t.Context(), s, "t"); err == nil && check == nil && int(n) != len(rows) {
			t.Errorf("%d rows read, %d checked", len(rows), n)
		}
	})
}

func TestRealList(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("PAIRMILL_MATERIAL")
	if dir == "" {
		t.Skip("PAIRMILL_MATERIAL is not set: no real list to read")
	}
	file, err := os.ReadFile(filepath.Join(dir, "lists", "laion_10000.parquet"))
	if err != nil {
		t.Skip(err)
	}
	type row struct {
		URL  string `parquet:"URL"`
		Text string `parquet:"TEXT"`
	}
	s := stored(t, file)
	rows, err := read[row](t, s)
	if err != nil || len(rows) != 10_000 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	urls := 0
	for _, r := range rows {
		if strings.HasPrefix(r.URL, "http") && r.Text != "" {
			urls++
		}
	}
	if urls != 9_999 { // row 4674 is broken in the original
		t.Errorf("%d rows have a URL and a text, want 9,999", urls)
	}
	if n, err := Check(t.Context(), s, "t"); n != 10_000 || err != nil {
		t.Errorf("check: %d, %v", n, err)
	}
}
