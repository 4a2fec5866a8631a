package list

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"pairmill/filter"
	"pairmill/schemas"
)

func TestInferCell(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ cells, want string }{
		{"1 -2 007", schemas.ColumnInt64}, {"1 2.5", schemas.ColumnDouble}, {"NaN 1", schemas.ColumnInt64}, {"1e5", schemas.ColumnDouble},
		{"true False TRUE", schemas.ColumnBool}, {"true 1", schemas.ColumnString}, {"NULL null n/a", ""}, {"1 x", schemas.ColumnString},
		{"9223372036854775808", schemas.ColumnDouble}, {"0x10", schemas.ColumnString}, {"+1", schemas.ColumnString}, {"1_000", schemas.ColumnString},
		{"inf", schemas.ColumnDouble}, {"x 1", schemas.ColumnString}, {"2024-01-01", schemas.ColumnString},
	} {
		typ := ""
		for cell := range strings.FieldsSeq(c.cells) {
			typ = inferCell(typ, cell)
		}
		if typ != c.want {
			t.Errorf("%s: %q, want %q", c.cells, typ, c.want)
		}
	}
}

func TestTypeOfJSON(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"null": "", "1": "int64", "-0.5": "double", "1e3": "double", "99999999999999999999": "double", "true": "bool", `"x"`: "string",
		`{"a":1}`: "string", "[]": "", "[1, 2]": "list<int64>", "[1,2.5]": "list<double>", `["a" ,"b"]`: "list<string>", `["a",1]`: "string",
		"[1,null]": "string", "[[1,2],[3]]": "list<list<double>>", "[[1],[0.5] ,[]]": "list<list<double>>", "[[]]": "", "[[[1]]]": "string",
		"[true]": "string", `[{"a":[1]}]`: "string", `[["a"]]`: "string", "[1,[2]]": "string",
	} {
		if got := typeOfJSON([]byte(raw)); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

// Whatever can be read from a value as the type that was inferred for it can be written again.
func FuzzObjects(f *testing.F) {
	f.Add(`{"url":"http://a.test/","a":[1,{"b":"]\\\"}"}],"\u0075rl":null}`)
	f.Add(` { "url" : [[1,2.5],[]] , "x" : -0e1 } `)
	f.Fuzz(func(t *testing.T, record string) {
		want := []wanted{{name: "url", source: "url"}}
		o, types := newObjects(want), []string{""}
		err := o.infer([]byte(record), types)
		var theirs map[string]json.RawMessage
		if bad := json.Unmarshal([]byte(record), &theirs); (err == nil) != (bad == nil && theirs != nil) {
			t.Fatalf("%q: %v, encoding/json says %v", record, err, bad)
		}
		if err != nil {
			return
		}
		if !utf8.ValidString(record) { // keys are compared as they stand there
			return
		}
		if raw := theirs["url"]; !bytes.Equal(raw, o.raw[0]) {
			t.Fatalf("%q: %q, want %q", record, o.raw[0], raw)
		}
		want[0].typ = types[0]
		if types[0] == "" {
			return
		}
		row, err := newObjects(want).row([]byte(record))
		if err != nil && !strings.Contains(err.Error(), "is not") {
			t.Fatal(err)
		}
		s, err := schemas.EncodeListed(row)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := schemas.DecodeListed([]schemas.Column{{Name: "url", Type: types[0]}}, s); err != nil && row != nil {
			t.Fatal(err)
		}
	})
}

func FuzzArray(f *testing.F) {
	f.Add(`[{"a":"}\\"},{"b":[{}]}]`)
	f.Add("\n[ ] ")
	f.Fuzz(func(t *testing.T, content string) {
		if strings.HasPrefix(content, "\uFEFF") {
			return
		}
		in := memory{strings.NewReader(content)}
		s, err := openStream(t.Context(), in, File{Name: "x.json", Size: int64(len(content))}, 0)
		if err != nil {
			return
		}
		var got []json.RawMessage
		a := newArray(s.Reader)
		for err == nil {
			var record []byte
			if record, err = a.next(); err == nil {
				got = append(got, bytes.Clone(record))
			}
		}
		var theirs []json.RawMessage
		if bad := json.Unmarshal([]byte(content), &theirs); bad != nil || theirs == nil {
			return
		}
		for _, e := range theirs {
			if e[0] != '{' {
				return
			}
		}
		if err != io.EOF || len(got) != len(theirs) || len(got) > 0 && !reflect.DeepEqual(got, theirs) {
			t.Fatalf("%q: %q, %v, want %q", content, got, err, theirs)
		}
	})
}

func FuzzIsPlain(f *testing.F) {
	f.Add("a plain caption, with (marks)")
	f.Add(" a  b ")
	f.Fuzz(func(t *testing.T, s string) {
		if isPlain(s) && filter.CleanCaption(s) != s {
			t.Errorf("%q becomes %q", s, filter.CleanCaption(s))
		}
	})
}
