package list

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pairmill/schemas"
)

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for want, cfg := range map[string]schemas.List{
		"no inputs":                         {},
		`format "xml": want one of txt`:     {Inputs: []string{"x"}, Format: "xml"},
		`columns and url both give a col`:   {Inputs: []string{"x"}, Columns: []string{"url"}},
		`columns and caption both give`:     {Inputs: []string{"x"}, Columns: []string{"caption"}, Caption: "TEXT"},
		`both give a column "a"`:            {Inputs: []string{"x"}, Columns: []string{"a", "a"}},
		`columns and hash both give a colu`: {Inputs: []string{"x"}, Columns: []string{"md5"}, Hash: &schemas.ListHash{Column: "h", Algorithm: "md5"}},
	} {
		if _, err := New(Local(), cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v; want %s", cfg, err, want)
		}
	}
}

func TestSurveyRefuses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", maxRecord)
	for _, c := range []struct {
		name, content string
		cfg           schemas.List
		want          string
	}{
		{"l.csv", "URL,TEXT\nx,y", schemas.List{}, `l.csv: no column "url", which the setting url names; there are "URL", "TEXT"`},
		{"l.csv", "url\nx", schemas.List{Caption: "t"}, `no column "t", which the setting caption names; there are "url"`},
		{"l.csv", "url,a,a\nx,1,2", schemas.List{Columns: []string{"a"}}, `the header has "a" twice`},
		{"l.csv", "", schemas.List{}, "the file is empty: want a header"},
		{"l.csv", "url,a\nx,1\ny\n", schemas.List{}, "l.csv: line 3: 1 fields, the header has 2"},
		{"l.csv", "url,a\nx,\"1\ny,2\n", schemas.List{}, "line 2: a quote is never closed"},
		{"l.csv", "url,a\n\nx,\"" + long, schemas.List{}, "line 3: a record of more than 1048576 bytes: is a quote never closed"},
		{"l.csv", "url,b\nx,\"[[0,1]\"", schemas.List{Boxes: "b"}, `column "b": "[[0,1]" is not list<list<double>>`},
		{"l.txt", "http://a.test/\n" + long, schemas.List{}, "line 2: a line of more than 1048576 bytes"},
		{"l.txt", "\xff\xfeh\x00", schemas.List{}, "UTF-16"},
		{"l.txt", "x", schemas.List{Caption: "TEXT"}, "the setting caption needs another format"},
		{"l.jsonl", `{"URL":"x"}` + "\n", schemas.List{}, `in its first records: no column "url", which the setting url names; there are "URL"`},
		{"l.jsonl", `{"url":"x"}` + "\n", schemas.List{Columns: []string{"uid"}}, `no column "uid", which the setting columns names`},
		{"l.jsonl", "{\"url\":\"x\"}\n{\"url\":\n", schemas.List{}, `line 2: not JSON: "{\"url\":"`},
		{"l.jsonl", "[1]\n", schemas.List{}, `line 1: not an object: "[1]"`},
		{"l.json", `{"url":{"0":"x"}}`, schemas.List{}, `the file holds an object; want an array`},
		{"l.json", `"x"`, schemas.List{}, `line 1: '"', want an array`},
		{"l.json", "[\n1]", schemas.List{}, `line 2: an element begins with '1'`},
		{"l.json", `[{"url":"x"}`, schemas.List{}, `the array has no end`},
		{"l.json", `[{"url":"x"`, schemas.List{}, `an object has no end`},
		{"l.json", `[{"url":"x"} {}]`, schemas.List{}, `'{' after an object`},
		{"l.json", `[{"url":"x"}] x`, schemas.List{}, `'x' after the array's end`},
		{"l.json", `[{"url":"` + long + `"}]`, schemas.List{}, `an object of more than`},
		{"l.parquet", "PAR1", schemas.List{}, "open table"},
		{"l.parquet", string(parquetFile(t, 1, 1)), schemas.List{URL: "n"}, `column "n" is int64, the setting url needs string`},
		{"l.parquet", string(parquetFile(t, 1, 1)), schemas.List{URL: "link"}, `no column "link"; there are "n", "url" (the setting url names it)`},
		{"l.parquet", string(parquetFile(t, 1, 1)), schemas.List{Boxes: "n"}, `the setting boxes needs list<list<double>>`},
	} {
		dir := folder(t, map[string]string{c.name: c.content})
		c.cfg.Inputs = []string{filepath.Join(dir, c.name)}
		_, err := reader(t, c.cfg).Survey(t.Context(), 10)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%s %.40q: %v\nwant %s", c.name, c.content, err, c.want)
		}
	}
}

func TestDamagedCompression(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"l.txt.gz", "l.txt.zst"} {
		dir := folder(t, map[string]string{name: strings.Repeat("http://a.test/\n", 1000)})
		path := filepath.Join(dir, name)
		b, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(path, b[:len(b)-5], 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := reader(t, schemas.List{Inputs: []string{path}}).Survey(t.Context(), 10); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s cut short: %v", name, err)
		}
		if err := os.WriteFile(path, []byte("http://a.test/"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := reader(t, schemas.List{Inputs: []string{path}}).Survey(t.Context(), 10); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s that is none: %v", name, err)
		}
	}
}

// A value far behind the head does not fit what the head promised.
func TestMisfits(t *testing.T) {
	t.Parallel()
	filler := strings.Repeat("x", 999)
	csv, jsonl := "url,n\n", ""
	for range 1100 {
		csv += "http://a.test/" + filler + ",1\n"
		jsonl += `{"url":"http://a.test/` + filler + "\",\"n\":1}\n"
	}
	for name, c := range map[string][2]string{
		"l.csv":   {csv + "http://b.test/,one\n", `l.csv: line 1102: column "n": "one" is not int64`},
		"l.jsonl": {jsonl + `{"url":"http://b.test/","n":1.5}`, `l.jsonl: line 1101: column "n": "1.5" is not int64`},
	} {
		dir := folder(t, map[string]string{name: c[0]})
		r := reader(t, schemas.List{Inputs: []string{dir}, Columns: []string{"n"}, Order: schemas.OrderInput})
		p := survey(t, r, 10)
		if rows, err := all(t.Context(), r, p); err == nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%d rows, %v; want %s", len(rows), err, c[1])
		}
		r.cfg.Range = 300_000 // the line's number is not known in the middle: its byte is
		p = survey(t, r, 10)
		if _, err := all(t.Context(), r, p); err == nil || !strings.Contains(err.Error(), name+": byte 11") {
			t.Errorf("in ranges: %v", err)
		}
	}
}

func TestTypesOverFiles(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"1.csv": "url,a,b\nx,1,\n", "2.csv": "b,url,a\ntrue,y,2.5\n"})
	columns, rows := listed(t, schemas.List{Inputs: []string{dir}, Columns: []string{"a", "b"}})
	if columns[0].Type != "double" || columns[1].Type != "bool" || strings.Join(rows, "") != `[1,null,"x"][2.5,true,"y"]` {
		t.Errorf("%v %s", columns, rows)
	}
	for _, c := range [][4]string{
		{"", "string", "string"}, {"int32", "int64", "int64"}, {"float", "double", "double"}, {"int32", "float", "double"},
		{"int64", "double", "", "is double, in the files before int64"}, {"string", "int64", "", "is int64, in the files before string"},
	} {
		got, err := join(schemas.ListParquet, wanted{}, c[0], c[1])
		if got != c[2] || (err == nil) != (c[3] == "") || err != nil && err.Error() != c[3] {
			t.Errorf("%q and %q: %q, %v", c[0], c[1], got, err)
		}
	}
}

func TestChangedFiles(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"l.txt": "http://a.test/\n"})
	name := filepath.Join(dir, "l.txt")
	r := reader(t, schemas.List{Inputs: []string{dir}})
	p := survey(t, r, 10)
	if err := os.Chtimes(name, time.Time{}, time.Unix(1, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := all(t.Context(), r, p); err == nil || !strings.Contains(err.Error(), "l.txt changed after the run was planned") {
		t.Errorf("another time: %v", err)
	}
	if err := os.WriteFile(name, []byte("http://a.test/b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := all(t.Context(), r, p); err == nil || !strings.Contains(err.Error(), "plan a new run") {
		t.Errorf("another content: %v", err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if _, err := all(t.Context(), r, p); err == nil || !strings.Contains(err.Error(), "l.txt") {
		t.Errorf("gone: %v", err)
	}
}

func TestPlansThatDoNotFit(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"l.csv": "url,a\nx,1\n"})
	r := reader(t, schemas.List{Inputs: []string{dir}})
	p := survey(t, r, 10)
	other := reader(t, schemas.List{Inputs: []string{dir}, Columns: []string{"a"}})
	for want, try := range map[string]func() error{
		`the plan has no column "a"`: func() error { _, err := all(t.Context(), other, p); return err },
		"range 7 of 1": func() error {
			for _, err := range r.Rows(t.Context(), p, 7) {
				return err
			}
			return nil
		},
		"of 1": func() error {
			bad := *p
			bad.Ranges = []Range{{File: 3}}
			_, err := all(t.Context(), r, &bad)
			return err
		},
	} {
		if err := try(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
	}
}
