package list

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pairmill/schemas"
	"pairmill/store/table"
)

// randomCell is text that is hard to take apart.
func randomCell(r *rand.Rand) string {
	parts := []string{"a", "\"", "\n", "\r\n", ",", "\t", "ü", "\"\"", " ", "", "x,\"y"}
	var b strings.Builder
	for range r.IntN(6) {
		b.WriteString(parts[r.IntN(len(parts))])
	}
	return b.String()
}

// writeCell writes a cell as a field: quoted where it has to be, and sometimes where it has not.
func writeCell(r *rand.Rand, cell string, delimiter string) string {
	if strings.ContainsAny(cell, "\n\r"+delimiter) || strings.HasPrefix(cell, "\"") || r.IntN(3) == 0 {
		return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
	}
	return cell
}

// Whatever quotes and newlines a file has, and however it is cut: all ranges together are all rows in their order.
func TestRangesAreTheWhole(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		delimiter, name := ",", "l.csv"
		if seed%2 == 1 {
			delimiter, name = "\t", "l.tsv"
		}
		content := "url" + delimiter + "c\n"
		var want []string
		for i := range 1 + r.IntN(60) {
			cell := randomCell(r)
			ends := []string{"\n", "\r\n", "\n\n"}[r.IntN(3)]
			content += fmt.Sprintf("http://a.test/%d%s%s%s", i, delimiter, writeCell(r, cell, delimiter), ends)
			listed, err := schemas.EncodeListed([]any{cell, fmt.Sprintf("http://a.test/%d", i)})
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, listed)
		}
		dir := folder(t, map[string]string{name: content})
		for _, size := range []int{1, 7, 50, 333, 100_000} {
			cfg := schemas.List{Inputs: []string{dir}, Caption: "c", Range: schemas.Bytes(size)}
			if _, rows := listed(t, cfg); !reflect.DeepEqual(rows, want) {
				t.Fatalf("seed %d, ranges of %d bytes: %q\nwant %q\nof %q", seed, size, rows, want, content)
			}
		}
	}
}

func TestLinesAreCutAnywhere(t *testing.T) {
	t.Parallel()
	txt, jsonl := "\uFEFF", ""
	var want []string
	for i := range 50 {
		url := fmt.Sprintf("http://a.test/%s%d", strings.Repeat("x", i%7), i)
		txt += url + []string{"\n", "\r\n", "\n\n"}[i%3]
		jsonl += `{"url": "` + url + `"}` + []string{"\n", "\r\n", "\n\n"}[i%3]
		want = append(want, `["`+url+`"]`)
	}
	for name, content := range map[string]string{"l.txt": txt, "l.jsonl": jsonl} {
		dir := folder(t, map[string]string{name: content})
		for size := range 30 {
			cfg := schemas.List{Inputs: []string{dir}, Range: schemas.Bytes(size + 1)}
			r := reader(t, cfg)
			if p := survey(t, r, 10); len(p.Ranges) < 10 || p.Rows != 50 || !p.Exact {
				t.Errorf("%s: %d ranges, %d rows", name, len(p.Ranges), p.Rows)
			}
			if _, rows := listed(t, cfg); !reflect.DeepEqual(rows, want) {
				t.Fatalf("%s in ranges of %d bytes: %q", name, size+1, rows)
			}
		}
	}
}

func parquetFile(t testing.TB, rows, group int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := table.NewValues(&b, []schemas.Column{{Name: "n", Type: schemas.ColumnInt64}, {Name: "url", Type: schemas.ColumnString}},
		table.Config{RowGroupRows: group})
	for i := 0; i < rows && err == nil; i++ {
		err = w.Write([]any{int64(i), fmt.Sprintf("http://a.test/%d", i)})
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestParquetIsCutAtRowGroups(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		group int
		cuts  string
	}{{100, "[0 200 500 800]"}, {1000, "[0 250 500 750]"}} {
		dir := folder(t, map[string]string{"l.parquet": string(parquetFile(t, 1000, c.group))})
		r := reader(t, schemas.List{Inputs: []string{dir}, Columns: []string{"n"}})
		whole := survey(t, r, 10)
		r.cfg.Range = schemas.Bytes(whole.Files[0].Size / 4)
		p := survey(t, r, 10)
		var cuts []int64
		for _, span := range p.Ranges {
			cuts = append(cuts, span.From)
		}
		if fmt.Sprint(cuts) != c.cuts && c.group == 1000 || len(cuts) != 4 || cuts[1]%100 != 0 && c.group == 100 {
			t.Errorf("row groups of %d: cut at %v", c.group, cuts)
		}
		got, err := all(t.Context(), r, p)
		if err != nil || len(got) != 1000 || p.Rows != 1000 {
			t.Fatalf("%d rows, %v", len(got), err)
		}
		for i, row := range got {
			if want := fmt.Sprintf(`[%d,"http://a.test/%d"]`, i, i); row.Listed != want {
				t.Fatalf("row %d: %s", i, row.Listed)
			}
		}
	}
}

func TestDivide(t *testing.T) {
	t.Parallel()
	sizes := func(s ...int64) (out []File) {
		for i, n := range s {
			out = append(out, File{Name: fmt.Sprintf("%d.txt", i), Size: n})
		}
		return out
	}
	for _, c := range []struct {
		files []File
		want  string
	}{
		{sizes(10), "[{0 1 1}]"},
		{sizes(149, 150, 1000), "[{0 1 1} {1 1 2} {2 1 10}]"},
		{sizes(50, 50, 1, 99, 0, 400), "[{0 2 1} {2 3 1} {5 1 4}]"},
		{[]File{{Name: "a.txt.gz", Size: 1000}, {Name: "b.txt.gz", Size: 10}}, "[{0 1 1} {1 1 1}]"},
	} {
		if got, _ := divide(schemas.ListTXT, c.files, 100); fmt.Sprint(got) != c.want {
			t.Errorf("%v: %v, want %s", c.files, got, c.want)
		}
	}
	many := make([]File, 30_000)
	for i := range many {
		many[i] = File{Name: "x.csv.gz", Size: int64(i%5) << 22}
	}
	r := reader(t, schemas.List{Inputs: []string{"x"}})
	spans, err := r.ranges(t.Context(), text{schemas.ListCSV}, many, nil)
	next := 0
	for _, s := range spans {
		if s.File != next {
			t.Fatalf("range %+v, want it to begin with file %d", s, next)
		}
		next += max(s.Whole, 1)
	}
	if err != nil || len(spans) > MaxRanges || len(spans) < MaxRanges/2 || next != len(many) {
		t.Errorf("%d ranges of %d files, %v", len(spans), next, err)
	}
}

func TestHeavyHosts(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range 1000 {
		host := []string{"big.test", "big.test:8080", "big.test", fmt.Sprintf("small%d.test", i), "half.test"}[i%5]
		fmt.Fprintf(&b, "http://%s/%d\n", host, i)
	}
	b.WriteString("no url\n")
	dir := folder(t, map[string]string{"l.txt": b.String()})
	r := reader(t, schemas.List{Inputs: []string{dir}})
	for rows, want := range map[int]string{1000: "[]", 800: "[big.test:80]", 401: "[big.test:80]", 400: "[big.test:80 big.test:8080 half.test:80]"} {
		if p := survey(t, r, rows); fmt.Sprint(p.Heavy) != want || p.Sampled != 1001 || p.Rows != 1001 {
			t.Errorf("parts of %d rows: %v heavy of %d in %d", rows, p.Heavy, p.Sampled, p.Rows)
		}
	}
	r.cfg.Order = schemas.OrderInput
	if p := survey(t, r, 10); p.Heavy != nil || p.Sampled != 0 {
		t.Errorf("in strict order: %v", p.Heavy)
	}
	hosts := map[string]int64{}
	for i := range 3000 {
		hosts[fmt.Sprint(i)] = int64(i)
	}
	if got := heaviest(hosts, &Plan{Rows: 10, Sampled: 10, Ranges: make([]Range, 1)}, 2); len(got) != maxHeavy || got[0] != "2000" {
		t.Errorf("%d heavy hosts, first %v", len(got), got[:1])
	}
}

func TestLongListIsSampled(t *testing.T) {
	t.Parallel()
	b := strings.Repeat("http://a.test/\nhttp://b.test/\nhttp://b.test/\nhttp://b.test/\n", 100_000)
	dir := folder(t, map[string]string{"l.txt": b})
	r := reader(t, schemas.List{Inputs: []string{dir}, Range: 1 << 20})
	p := survey(t, r, 80_000)
	if len(p.Ranges) != 6 || p.Sampled < sampleRows || p.Sampled > sampleRows+100 || p.Exact || p.Rows < 395_000 || p.Rows > 405_000 {
		t.Errorf("%d ranges, %d of %d rows", len(p.Ranges), p.Sampled, p.Rows)
	}
	if fmt.Sprint(p.Heavy) != "[b.test:80]" {
		t.Errorf("heavy: %v", p.Heavy)
	}
}

func TestStopsEarly(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"l.txt": "http://a.test/\nhttp://b.test/\n", "l.parquet": string(parquetFile(t, 3, 3))} {
		dir := folder(t, map[string]string{name: content})
		r := reader(t, schemas.List{Inputs: []string{dir}})
		p := survey(t, r, 10)
		for _, err := range r.Rows(t.Context(), p, 0) {
			if err != nil {
				t.Error(err)
			}
			break
		}
	}
}

func TestRealList(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("PAIRMILL_MATERIAL")
	if dir == "" {
		t.Skip("PAIRMILL_MATERIAL is not set: no real list to read")
	}
	name := filepath.Join(dir, "lists", "laion_10000.parquet")
	if _, err := os.Stat(name); err != nil {
		t.Skip(err)
	}
	r := reader(t, schemas.List{Inputs: []string{name}, URL: "URL", Caption: "TEXT"})
	got, err := all(t.Context(), r, survey(t, r, 1000))
	if err != nil || len(got) != 10_000 {
		t.Fatalf("%d rows, %v", len(got), err)
	}
	urls := 0
	for _, c := range got {
		if strings.HasPrefix(c.URL, "http") && c.Captions[0].Text != "" {
			urls++
		}
	}
	if urls != 9_999 { // row 4674 is broken in the original
		t.Errorf("%d rows have a URL and a text, want 9,999", urls)
	}
}

func FuzzRecords(f *testing.F) {
	f.Add("a,\"b\n\"\"c\",d\ne\"f,\"g\"h\"i\n", uint16(3))
	f.Add("\"\"\"\n\",\"\"\r\nx,\"y", uint16(9))
	f.Fuzz(func(t *testing.T, content string, cut uint16) {
		if strings.HasPrefix(content, "\uFEFF") {
			return // a mark belongs to the first line alone
		}
		whole, err := split(t, content, 0)
		begins := whole.begins
		if err != nil || len(begins) == 0 {
			return
		}
		from := begins[int(cut)%len(begins)] // reading on from any record gives the records behind it
		rest, err := split(t, content, from)
		if err != nil || !reflect.DeepEqual(rest.records, whole.records[int(cut)%len(begins):]) {
			t.Fatalf("from %d of %q: %q, %v, want the end of %q", from, content, rest.records, err, whole.records)
		}
		theirs := csv.NewReader(strings.NewReader(content)) // strict, and it rewrites line ends inside fields
		theirs.FieldsPerRecord = -1
		if rows, err := theirs.ReadAll(); err == nil && !strings.Contains(content, "\r") && !reflect.DeepEqual(rows, whole.records) {
			t.Fatalf("%q: %q, encoding/csv reads %q", content, whole.records, rows)
		}
	})
}

// memory is a file in memory.
type memory struct{ *strings.Reader }

func (m memory) Close() error { return nil }

type parted struct {
	begins  []int64
	records [][]string
}

func split(t testing.TB, content string, from int64) (out parted, err error) {
	in := memory{strings.NewReader(content)}
	s, err := openStream(t.Context(), in, File{Name: "x.csv", Size: int64(len(content))}, from)
	if err != nil {
		return out, err
	}
	records := newLines(s, ',')
	for {
		record, err := records.next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		cells, _ := fields(record, ',', nil, nil)
		var row []string
		for _, c := range cells {
			row = append(row, string(c))
		}
		out.begins, out.records = append(out.begins, records.begin.at), append(out.records, row)
	}
}
