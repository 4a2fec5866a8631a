package table

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/parquet-go/parquet-go"

	"pairmill/schemas"
)

const wantSchema = `message row {
	required binary uid (STRING);
	required group captions (LIST) {
		repeated group list {
			required group element {
				required binary text (STRING);
				required binary source (STRING);
				required binary language (STRING);
				required binary generator (STRING);
			}
		}
	}
	required boolean flag;
	required int32 count (INT(32,true));
	required int64 total (INT(64,true));
	required float score;
	required double exact;
	required binary why (STRING);
	optional group image {
		optional binary bytes;
		optional binary path (STRING);
	}
	required group tags (LIST) {
		repeated group list {
			required binary element (STRING);
		}
	}
	required group numbers (LIST) {
		repeated group list {
			required int64 element (INT(64,true));
		}
	}
	required group loose (LIST) {
		repeated group list {
			required float element;
		}
	}
	required group a_vector (LIST) {
		repeated group list {
			required fixed_len_byte_array(2) element%s;
		}
	}
	required group b_vector (LIST) {
		repeated group list {
			required float element;
		}
	}
	required int32 Plain (INT(32,true));
}`

func TestSchema(t *testing.T) {
	t.Parallel()
	columns, err := columnsOf[everything](vectors, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := schemaOf(columns).String(), fmt.Sprintf(wantSchema, " (FLOAT16)"); got != want {
		t.Errorf("schema\n%s\nwant\n%s", got, want)
	}
	file := encode(t, Config{Vectors: vectors}, example(1))
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	// The library shows no FLOAT16 when it reads; halves does.
	if got, want := f.Schema().String(), fmt.Sprintf(wantSchema, ""); got != want {
		t.Errorf("file's schema\n%s\nwant\n%s", got, want)
	}
	n := 0
	for _, half := range halves(f) {
		if half {
			n++
		}
	}
	if n != 1 || f.Metadata().CreatedBy != "pairmill version 1(build )" {
		t.Errorf("%d halves, created by %q", n, f.Metadata().CreatedBy)
	}
}

const wantArrow = `schema:
  fields: 15
    - uid: type=utf8
    - captions: type=list<element: struct<text: utf8, source: utf8, language: utf8, generator: utf8>>
    - flag: type=bool
    - count: type=int32
    - total: type=int64
    - score: type=float32
    - exact: type=float64
    - why: type=utf8
    - image: type=struct<bytes: binary nullable, path: utf8 nullable>, nullable
    - tags: type=list<element: utf8>
    - numbers: type=list<element: int64>
    - loose: type=list<element: float32>
    - a_vector: type=fixed_size_list<element: float16>[3]
    - b_vector: type=fixed_size_list<element: float32>[2]
    - Plain: type=int32
  metadata: ["huggingface": "{}"]`

func TestArrowSchema(t *testing.T) {
	t.Parallel()
	file := encode(t, Config{Vectors: vectors, Metadata: map[string]string{"huggingface": "{}"}}, example(1))
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	text, _ := f.Lookup(arrowKey)
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	// A message is a continuation marker, the length of its header, and the header.
	if n := binary.LittleEndian.Uint32(b[4:]); int(n) != len(b)-8 || binary.LittleEndian.Uint32(b) != 0xffffffff {
		t.Errorf("header of %d bytes in a message of %d", n, len(b))
	}
	r, err := ipc.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	if got := r.Schema().String(); got != wantArrow {
		t.Errorf("got\n%s\nwant\n%s", got, wantArrow)
	}
	plain := encode(t, Config{}, struct{ A string }{"x"})
	if f, err := parquet.OpenFile(bytes.NewReader(plain), int64(len(plain))); err != nil {
		t.Error(err)
	} else if _, ok := f.Lookup(arrowKey); ok {
		t.Error("a file without vectors has an Arrow schema")
	}
}

func TestBoundsAreSkippedWhereTheyAreNoise(t *testing.T) {
	t.Parallel()
	rows := examples(100)
	for i := range rows {
		rows[i].Image.Bytes = bytes.Repeat([]byte{0xAB, byte(i)}, 500)
	}
	file := encode(t, Config{Vectors: vectors}, rows...)
	// The picture's bytes would stand in the footer, uncompressed.
	if footer := file[len(file)-int(binary.LittleEndian.Uint32(file[len(file)-8:])):]; len(footer) > 5_000 {
		t.Errorf("footer of %d bytes", len(footer))
	}
}

func newError[T any](cfg Config) error {
	_, err := NewWriter[T](&bytes.Buffer{}, cfg)
	return err
}

func TestRefusedTypes(t *testing.T) {
	t.Parallel()
	type withInt struct{ N int }
	type withMap struct{ M map[string]string }
	type withPointer struct{ P *string }
	type nested struct{ L [][]string }
	type nestedStruct struct{ L []struct{ M []string } }
	type twice struct {
		A string `parquet:"x"`
		B string `parquet:"x"`
	}
	type optional struct {
		A string `parquet:"a,omitempty"`
	}
	type empty struct{ _ int }
	type holdsEmpty struct{ E empty }
	for want, err := range map[string]error{
		"string: want a struct":                     newError[string](Config{}),
		"field N: int cannot be a column":           newError[withInt](Config{}),
		"field M: map[string]string cannot":         newError[withMap](Config{}),
		"field P: *string cannot":                   newError[withPointer](Config{}),
		"field L: []string: a list inside a list":   newError[nested](Config{}),
		"field L: field M: []string: a list inside": newError[nestedStruct](Config{}),
		`two columns "x"`:                           newError[twice](Config{}),
		`unknown tag option "omitempty"`:            newError[optional](Config{}),
		"optional in or around a list": newError[struct {
			L []string `parquet:"l,optional"`
		}](Config{}),
		"no columns":                            newError[empty](Config{}),
		"field E: table.empty has no columns":   newError[holdsEmpty](Config{}),
		`no []float32 column "uid" to store`:    newError[everything](Config{Vectors: map[string]Vector{"uid": {1, schemas.Float16}}}),
		`no []float32 column "absent" to store`: newError[everything](Config{Vectors: map[string]Vector{"absent": {1, schemas.Float16}}}),
		"column loose: vector of 0 elements":    newError[everything](Config{Vectors: map[string]Vector{"loose": {0, schemas.Float16}}}),
		`column loose: vector of "float8"`:      newError[everything](Config{Vectors: map[string]Vector{"loose": {4, "float8"}}}),
		`no column "absent" to omit`:            newError[everything](Config{Omit: []string{"absent"}}),
		"table.picture: no columns":             newError[picture](Config{Omit: []string{"bytes", "path"}}),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}

func TestVectorOfTheWrongLength(t *testing.T) {
	t.Parallel()
	for _, v := range [][]float32{nil, {1, 2}, {1, 2, 3, 4}} {
		var b bytes.Buffer
		w, err := NewWriter[everything](&b, Config{Vectors: vectors})
		if err != nil {
			t.Fatal(err)
		}
		rows := examples(3)
		rows[2].Vector = v
		want := fmt.Sprintf("write row 2: column a_vector: vector of %d elements, want 3", len(v))
		for _, err := range []error{w.Write(rows...), w.Write(example(0)), w.Close()} {
			if err == nil || err.Error() != want {
				t.Errorf("error %v, want %s", err, want)
			}
		}
	}
}

// full is a disk that takes only so much.
type full struct{ left int }

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.left {
		return 0, fmt.Errorf("disk full")
	}
	f.left -= len(p)
	return len(p), nil
}

func TestWriterReportsTheDisk(t *testing.T) {
	t.Parallel()
	whole := len(encode(t, Config{Vectors: vectors, RowGroupRows: 60}, examples(120)...))
	for left := 0; left < whole; left += whole / 6 {
		w, err := NewWriter[everything](&full{left}, Config{Vectors: vectors, RowGroupRows: 60})
		if err != nil {
			t.Fatal(err)
		}
		err = w.Write(examples(120)...)
		if err == nil {
			err = w.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("%d bytes: %v", left, err)
		}
	}
}

func TestClosedWriter(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w, err := NewWriter[picture](&b, Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if w.Write(picture{}) == nil || w.Close() == nil {
		t.Error("a closed writer was used")
	}
}
