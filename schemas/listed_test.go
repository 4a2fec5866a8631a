package schemas

import (
	"encoding/binary"
	"math"
	"reflect"
	"strings"
	"testing"
)

// sameBits compares as DeepEqual does, with NaN equal to NaN and -0 different from 0.
func sameBits(a, b any) bool {
	switch a := a.(type) {
	case float64:
		b, ok := b.(float64)
		return ok && (math.Float64bits(a) == math.Float64bits(b) || a != a && b != b)
	case float32:
		b, ok := b.(float32)
		return ok && (math.Float32bits(a) == math.Float32bits(b) || a != a && b != b)
	case []float64:
		return sameLists(a, b, func(f, g float64) bool { return sameBits(f, g) })
	case [][]float64:
		return sameLists(a, b, func(f, g []float64) bool { return sameBits(f, g) })
	}
	return reflect.DeepEqual(a, b)
}

func sameLists[E any](a []E, v any, same func(E, E) bool) bool {
	b, ok := v.([]E)
	if !ok || len(a) != len(b) {
		return false
	}
	for i := range a {
		if !same(a[i], b[i]) {
			return false
		}
	}
	return true
}

func TestListed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typ  string
		v    any
		want string
	}{
		{ColumnString, nil, `[null]`},
		{ColumnString, "null", `["null"]`},
		{ColumnString, "a\"b\\c\n\x01é\u2028", `["a\"b\\c\u000a\u0001é` + "\u2028" + `"]`},
		{ColumnInt32, int32(math.MinInt32), `[-2147483648]`},
		{ColumnInt64, int64(1<<53 + 1), `[9007199254740993]`},
		{ColumnInt64, int64(math.MinInt64), `[-9223372036854775808]`},
		{ColumnFloat, float32(0.1), `[0.1]`},
		{ColumnDouble, 0.1, `[0.1]`},
		{ColumnDouble, math.Copysign(0, -1), `[-0]`},
		{ColumnDouble, math.MaxFloat64, `[1.7976931348623157e+308]`},
		{ColumnDouble, math.NaN(), `["NaN"]`},
		{ColumnFloat, float32(math.Inf(-1)), `["-Infinity"]`},
		{ColumnBool, true, `[true]`},
		{ColumnBinary, []byte{0, 255}, `["AP8="]`},
		{ColumnBinary, []byte{}, `[""]`},
		{ColumnStrings, []string{"a", ""}, `[["a",""]]`},
		{ColumnInts, []int64{1 << 60}, `[[1152921504606846976]]`},
		{ColumnDoubles, []float64{}, `[[]]`},
		{ColumnBoxes, [][]float64{{0, 0.5}, {}, {math.Inf(1)}}, `[[[0,0.5],[],["Infinity"]]]`},
	} {
		s, err := EncodeListed([]any{c.v})
		if err != nil || s != c.want {
			t.Errorf("%v: %s, %v; want %s", c.v, s, err, c.want)
		}
		back, err := DecodeListed([]Column{{"c", c.typ}}, s)
		if err != nil || len(back) != 1 || !sameBits(back[0], c.v) {
			t.Errorf("%s: %#v, %v; want %#v", s, back, err, c.v)
		}
	}
}

func TestListedMends(t *testing.T) {
	t.Parallel()
	s, err := EncodeListed([]any{"a\xff\xfeb", []byte(nil), []string(nil)})
	if want := "[\"a\uFFFDb\",\"\",[]]"; err != nil || s != want {
		t.Errorf("%s, %v; want %s", s, err, want)
	}
	if s, err := EncodeListed([]any{"a", 1}); err == nil || !strings.Contains(err.Error(), "value 1 of a row: int ") {
		t.Errorf("an int: %s, %v", s, err)
	}
}

func TestListedRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ typ, s, want string }{
		{ColumnString, ``, "unexpected end"},
		{ColumnString, `[]`, "0 for 1 columns"},
		{ColumnString, `["a","b"]`, "2 for 1 columns"},
		{ColumnString, `[1]`, `column c: string "1": no string`},
		{ColumnInt32, `[2147483648]`, "out of range"},
		{ColumnInt64, `[1.5]`, "invalid syntax"},
		{ColumnDouble, `["nan"]`, "invalid syntax"},
		{ColumnFloat, `[1e39]`, "out of range"},
		{ColumnBool, `["x"]`, "invalid syntax"},
		{ColumnBinary, `["?"]`, "illegal base64"},
		{ColumnInts, `[[1,null]]`, "invalid syntax"},
		{ColumnStrings, `[["a",null]]`, "no string"},
		{ColumnBoxes, `[[null]]`, "no array"},
		{ColumnBoxes, `[` + strings.Repeat("9", 100) + `]`, `999…"`},
		{"date", `[1]`, "unknown type"},
	} {
		got, err := DecodeListed([]Column{{"c", c.typ}}, c.s)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %s: %v, %v; want %s", c.typ, c.s, got, err, c.want)
		}
	}
}

// rowFrom makes a row with a value for each column type, or null, from bytes.
func rowFrom(b []byte) (row []any) {
	next := func(n int) []byte {
		out := make([]byte, n)
		b = b[copy(out, b):]
		return out
	}
	word := func() uint64 { return binary.LittleEndian.Uint64(next(8)) }
	double := func() float64 { return math.Float64frombits(word()) }
	short := func() string { return strings.ToValidUTF8(string(next(int(next(1)[0]%9))), "\uFFFD") }
	doubles := func() []float64 { return []float64{double(), double()}[:next(1)[0]%3] }
	for _, t := range ColumnTypes() {
		if next(1)[0]%5 == 1 {
			row = append(row, nil)
			continue
		}
		v := map[string]func() any{
			ColumnString: func() any { return short() }, ColumnBinary: func() any { return next(int(next(1)[0] % 9)) },
			ColumnInt32: func() any { return int32(word()) }, ColumnInt64: func() any { return int64(word()) },
			ColumnFloat:  func() any { return math.Float32frombits(uint32(word())) },
			ColumnDouble: func() any { return double() }, ColumnBool: func() any { return next(1)[0]&1 == 1 },
			ColumnStrings: func() any { return []string{short(), short()}[:next(1)[0]%3] },
			ColumnInts:    func() any { return []int64{int64(word())}[:next(1)[0]%2] },
			ColumnDoubles: func() any { return doubles() },
			ColumnBoxes:   func() any { return [][]float64{doubles(), doubles()}[:next(1)[0]%3] },
		}[t]
		row = append(row, v())
	}
	return row
}

func FuzzListed(f *testing.F) {
	f.Add([]byte("seed"), `["a"]`)
	f.Add([]byte(strings.Repeat("\x07\xf8\xffabc\"\\\n", 40)), `[null,1,2,"NaN"]`)
	var columns []Column
	for _, t := range ColumnTypes() {
		columns = append(columns, Column{t, t})
	}
	f.Fuzz(func(t *testing.T, b []byte, foreign string) {
		row := rowFrom(b)
		s, err := EncodeListed(row)
		if err != nil {
			t.Fatal(err)
		}
		back, err := DecodeListed(columns, s)
		if err != nil {
			t.Fatal(err)
		}
		for i := range row {
			if !sameBits(row[i], back[i]) {
				t.Fatalf("%s: %#v came back as %#v from %s", columns[i].Type, row[i], back[i], s)
			}
		}
		for _, c := range columns { // whatever it is, what is read from it can be written and read again
			if v, err := DecodeListed([]Column{c}, foreign); err == nil {
				s, err := EncodeListed(v)
				if again, err2 := DecodeListed([]Column{c}, s); err != nil || err2 != nil || !sameBits(v[0], again[0]) {
					t.Fatalf("%s %q: %#v, then %#v, %v, %v", c.Type, foreign, v, again, err, err2)
				}
			}
		}
	})
}
