package list

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"pairmill/schemas"
	"pairmill/store/table"
)

// folder writes files by name; those named .gz and .zst are compressed, the gzip ones in two members.
func folder(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		b := []byte(content)
		switch filepath.Ext(name) {
		case gzipped:
			b = append(zip(t, content[:len(content)/2]), zip(t, content[len(content)/2:])...)
		case zstded:
			e, _ := zstd.NewWriter(nil)
			b = e.EncodeAll(b, nil)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func zip(t testing.TB, s string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func reader(t testing.TB, cfg schemas.List) *Reader {
	t.Helper()
	r, err := New(Local(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// survey plans a list, and passes the plan through JSON as a run does.
func survey(t testing.TB, r *Reader, partRows int) *Plan {
	t.Helper()
	p, err := r.Survey(t.Context(), partRows)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(p)
	var back Plan
	if err == nil {
		err = json.Unmarshal(b, &back)
	}
	if err != nil || !reflect.DeepEqual(p, back) {
		t.Fatalf("plan through JSON: %v\n%+v\n%+v", err, p, back)
	}
	return &back
}

func all(ctx context.Context, r *Reader, p *Plan) (out []schemas.Candidate, err error) {
	for i := range p.Ranges {
		rows, err := table.Collect(r.Rows(ctx, p, i))
		if out = append(out, rows...); err != nil {
			return out, err
		}
	}
	return out, nil
}

// listed reads a list whole: its columns, and the values of each row.
func listed(t testing.TB, cfg schemas.List) ([]schemas.Column, []string) {
	t.Helper()
	r := reader(t, cfg)
	p := survey(t, r, 100)
	rows, err := all(t.Context(), r, p)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, c := range rows {
		out = append(out, c.Listed)
	}
	return p.Columns, out
}

func TestFormats(t *testing.T) {
	t.Parallel()
	names := []string{"uid", "n", "x", "ok"}
	full := []schemas.Column{{Name: "uid", Type: "string"}, {Name: "n", Type: "int64"}, {Name: "x", Type: "double"},
		{Name: "ok", Type: "bool"}, {Name: "caption", Type: "string"}, {Name: "url", Type: "string"}}
	want := []string{`["a1",9007199254740993,0.5,true,"one, \"two\"","http://a.test/1,2"]`,
		`["",null,3,null,"line\u000abreak","http://b.test/ü"]`}
	csv := "uid,URL,TEXT,n,x,ok\na1,\"http://a.test/1,2\",\"one, \"\"two\"\"\",9007199254740993,0.5,true\r\n\r\n,http://b.test/ü,\"line\nbreak\",,3,NULL\n"
	tsv := "uid\tURL\tTEXT\tn\tx\tok\na1\thttp://a.test/1,2\t\"one, \"\"two\"\"\"\t9007199254740993\t0.5\tTrue\n\thttp://b.test/ü\t\"line\nbreak\"\t\t3\t"
	object := `{"URL":"http://a.test/1,2","TEXT":"one, \"two\"","uid":"a1", "n":9007199254740993,"x":0.5,"ok":true}`
	second := `{ "uid" : "" , "x":3,"TEXT":"line\nbreak","\u0055RL":"http://b.test/\u00fc","other":[{"a":"]}\\\""}] }`
	for name, content := range map[string]string{
		"l.csv": csv, "l.csv.gz": csv, "l.csv.zst": csv, "l.tsv": tsv, "l.tsv.gz": tsv,
		"l.jsonl": object + "\n\n" + second + "\n", "l.jsonl.gz": object + "\r\n" + second, "l.ndjson.zst": object + "\n" + second,
		"l.json": "[" + object + ",\n" + second + "]\n", "l.json.gz": " [ " + object + " , " + second + " ] ",
		"marked.csv": "\uFEFF" + csv, "marked.json": "\uFEFF[" + object + "," + second + "]",
	} {
		dir := folder(t, map[string]string{name: content})
		columns, rows := listed(t, schemas.List{Inputs: []string{filepath.Join(dir, name)}, URL: "URL", Caption: "TEXT", Columns: names})
		if !reflect.DeepEqual(columns, full) || !reflect.DeepEqual(rows, want) {
			t.Errorf("%s: %v\n%s\nwant %s", name, columns, strings.Join(rows, "\n"), strings.Join(want, "\n"))
		}
	}
	dir := folder(t, map[string]string{"l.txt": "\uFEFFhttp://a.test/1,2\r\n\n http://b.test/a b \"c\"\nhttp://c.test/"})
	columns, rows := listed(t, schemas.List{Inputs: []string{dir}})
	if want := []string{`["http://a.test/1,2"]`, `[" http://b.test/a b \"c\""]`, `["http://c.test/"]`}; len(columns) != 1 || !reflect.DeepEqual(rows, want) {
		t.Errorf("txt: %v %s", columns, rows)
	}
}

func TestCandidates(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ä", 2000)
	dir := folder(t, map[string]string{"l.csv": "u,c\nHTTP://A.test:80/x#f,\"  Cafe\u0301   noir\"\nnot a url,plain\n" + long + ",\n\"http://a.test/\xff\",\xff"})
	r := reader(t, schemas.List{Inputs: []string{dir + "/*.csv"}, URL: "u", Caption: "c"})
	got, err := all(t.Context(), r, survey(t, r, 100))
	want := [][2]string{{"http://a.test/x", "Café noir"}, {"not a url", "plain"}, {long[:2000], ""}, {"http://a.test/%FF", "\uFFFD"}}
	if err != nil || len(got) != len(want) {
		t.Fatalf("%d candidates, %v", len(got), err)
	}
	for i, c := range got {
		id := schemas.NewID(want[i][0], want[i][1]).String()
		caption := []schemas.Caption{{Text: want[i][1], Source: schemas.SourceList}}
		if c.URL != want[i][0] || c.ID != id || !reflect.DeepEqual(c.Captions, caption) || c.Key != "" {
			t.Errorf("row %d: %+v", i, c)
		}
	}
	if got[0].Listed != `["  Cafe`+"\u0301"+`   noir","HTTP://A.test:80/x#f"]` {
		t.Errorf("values are not as given: %s", got[0].Listed)
	}
}

func TestColumnsOfManyKinds(t *testing.T) {
	t.Parallel()
	lines := []string{
		`{"url":"http://a.test/","i":1,"f":[1,2],"g":[1.5],"s":["a"],"b":[[0,0,1,1],[0.5,0,1,1]],"o":{"k": 1},"m":1,"e":[],"z":null,"md5":12,"w":[1,null]}`,
		`{"url":"http://b.test/","i":2.5,"f":[],"g":[3],"s":[],"b":[],"o":null,"m":"x","e":[7],"w":["a",1]}`,
	}
	dir := folder(t, map[string]string{"l.jsonl": strings.Join(lines, "\n")})
	columns, rows := listed(t, schemas.List{Inputs: []string{dir}, Columns: []string{"i", "f", "g", "s", "o", "m", "e", "z", "w"}, Boxes: "b",
		Hash: &schemas.ListHash{Column: "md5", Algorithm: "md5"}})
	var types []string
	for _, c := range columns {
		types = append(types, c.Name+" "+c.Type)
	}
	if got, want := strings.Join(types, ","), "i double,f list<int64>,g list<double>,s list<string>,o string,m string,e list<int64>,z string,w string,"+
		"b list<list<double>>,md5 string,url string"; got != want {
		t.Errorf("types %s\nwant  %s", got, want)
	}
	want := []string{
		`[1,[1,2],[1.5],["a"],"{\"k\":1}","1",[],null,"[1,null]",[[0,0,1,1],[0.5,0,1,1]],"12","http://a.test/"]`,
		`[2.5,[],[3],[],null,"x",[7],null,"[\"a\",1]",[],null,"http://b.test/"]`,
	}
	if !reflect.DeepEqual(rows, want) {
		t.Errorf("%s\nwant %s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
}

func TestColumnOrder(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"l.csv": "c,h,u,b,a\ntext,00,http://a.test/,\"[[0,0,1,1]]\",5\n"})
	columns, rows := listed(t, schemas.List{Inputs: []string{dir}, URL: "u", Caption: "c", Columns: []string{"a", "u"}, Boxes: "b",
		Hash: &schemas.ListHash{Column: "h", Algorithm: "md5"}})
	var names []string
	for _, c := range columns {
		names = append(names, c.Name)
	}
	if strings.Join(names, ",") != "a,u,b,caption,md5,url" || rows[0] != `[5,"http://a.test/",[[0,0,1,1]],"text","00","http://a.test/"]` {
		t.Errorf("%v %s", names, rows)
	}
}

func TestFolders(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{"b.txt": "http://b.test/", "a.txt.gz": "http://a.test/", "c.csv": "url\nhttp://c.test/", "README": "x", ".d.txt": "x", "empty.txt": ""})
	if err := os.Mkdir(filepath.Join(dir, "sub.txt"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, rows := listed(t, schemas.List{Inputs: []string{dir, dir + "/b.txt"}, Format: "txt"})
	if fmt.Sprint(rows) != `[["http://a.test/"] ["http://b.test/"]]` {
		t.Errorf("%v", rows)
	}
	for input, want := range map[string]string{
		dir: "a list has one format", dir + "/nothing*": "nothing*\": there is no such file", dir + "/README": "the name tells no format",
	} {
		if _, err := reader(t, schemas.List{Inputs: []string{input}}).Survey(t.Context(), 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", input, err)
		}
	}
}
