package shards

import (
	"crypto/sha256"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/mem"
)

func TestReadShardOfImg2dataset(t *testing.T) {
	t.Parallel()
	s := mem.New()
	data := pythonTar(t, samples(2, 0)...) // in the order in which they came
	put(t, s, "00000.tar", data)
	put(t, s, "00000.parquet", tableOf(t, columns, success(0), failure(1, "HTTP Error 404: Not Found"), success(2)))
	put(t, s, "00000_stats.json", []byte("{}"))
	shard, got, pictures, err := one(t, s)
	if err != nil {
		t.Fatal(err)
	}
	if shard.Table != "00000.parquet" || !shard.Finished || shard.Unfinished() || got.Cut != "" || got.Unread != "" {
		t.Errorf("%+v, cut %q, unread %q", shard, got.Cut, got.Unread)
	}
	if got.SHA256 != schemas.Hash(sha256.Sum256(data)) {
		t.Errorf("sha256 %s", got.SHA256)
	}
	want := map[string]string{sampleKey(0): "picture 0", sampleKey(2): "picture 2"}
	if !maps.Equal(pictures, want) {
		t.Errorf("pictures %v, want %v", pictures, want)
	}
	if len(got.Rows) != 3 {
		t.Fatalf("%d rows", len(got.Rows))
	}
	r := *got.Rows[2]
	if want := (Row{
		Key: sampleKey(2), URL: "https://a.test/2.jpg", Caption: "caption 2", Listed: `["uid-2",1]`, Listing: true, Status: "success",
		Width: 256, Height: 128, OriginalWidth: 1024, OriginalHeight: 512, EXIF: "{}", SHA256: fetchedHash, Found: true,
	}); r != want {
		t.Errorf("got %+v\nwant %+v", r, want)
	}
	if f := got.Rows[1]; f.Kept() || f.Problem != "" || f.Message != "HTTP Error 404: Not Found" || f.Listed != `["uid-1",null]` {
		t.Errorf("failure: %+v", *f)
	}
}

// An interrupted img2dataset leaves a tar without an end, and most often a table without one.
func TestReadTarThatWasCut(t *testing.T) {
	t.Parallel()
	members := samples(0, 1, 2)
	whole := pythonTar(t, members...)
	last := strings.Index(string(whole), "picture 2")
	for _, c := range []struct {
		name   string
		cut    int
		table  []byte   // nil = none
		keys   []string // the sample before the cut may lack members
		rows   int      // in all
		behind int      // the cut
	}{
		{"table is whole", last + 4, tableOf(t, columns, success(0), success(1), success(2), failure(3, "timed out")), []string{sampleKey(0)}, 4, 2},
		{"table was cut too", last + 4, []byte("PAR1 and no end of it"), []string{sampleKey(0)}, 2, 1},
		{"empty table", last + 4, []byte{}, []string{sampleKey(0)}, 2, 1},
		{"no table", last + 4, nil, []string{sampleKey(0)}, 2, 1},
		{"inside a header", last - 700, nil, []string{sampleKey(0)}, 2, 1},
		{"behind the last picture", last + 1024, nil, []string{sampleKey(0), sampleKey(1)}, 3, 1},
		{"closing blocks are missing", len(whole) - 1024, nil, []string{sampleKey(0), sampleKey(1)}, 3, 1},
		{"nothing is there", 0, nil, nil, 1, 1},
	} {
		s := mem.New()
		put(t, s, "00000.tar", whole[:c.cut])
		if c.table != nil {
			put(t, s, "00000.parquet", c.table)
		}
		shard, got, pictures, err := one(t, s)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got.Cut == "" || shard.Unfinished() != (c.table != nil) {
			t.Errorf("%s: cut %q, %+v", c.name, got.Cut, shard)
		}
		if keys := slices.Sorted(maps.Keys(pictures)); !slices.Equal(keys, c.keys) || len(got.Rows) != c.rows {
			t.Errorf("%s: pictures of %v in %d rows, want %v in %d", c.name, keys, len(got.Rows), c.keys, c.rows)
		}
		cut := 0
		for _, r := range got.Rows {
			if r.Cut {
				cut++
			}
			if r.Kept() && !r.Found && r.Problem == "" {
				t.Errorf("%s: row %s has neither picture nor problem", c.name, r.Key)
			}
		}
		if cut != c.behind {
			t.Errorf("%s: %d rows behind the cut, want %d", c.name, cut, c.behind)
		}
	}
}

func TestReadTableThatDoesNotFitItsTar(t *testing.T) {
	t.Parallel()
	s := mem.New()
	members := append(samples(0, 5), member{sampleKey(2) + ".txt", "caption 2"})
	put(t, s, "00000.tar", ourTar(t, members...))
	put(t, s, "00000.parquet", tableOf(t, columns, success(0), success(1), success(2)))
	_, got, pictures, err := one(t, s)
	if err != nil || len(got.Rows) != 4 {
		t.Fatal(len(got.Rows), err)
	}
	if r := got.Rows[1]; r.Found || !strings.Contains(r.Problem, "no sample") || r.Cut {
		t.Errorf("row without sample: %+v", *r)
	}
	if r := got.Rows[2]; !r.Found || !strings.Contains(r.Problem, "no picture among its members: txt") {
		t.Errorf("sample without picture: %+v", *r)
	}
	if r := got.Rows[3]; r.Listing || r.URL != "https://a.test/5.jpg" || r.Caption != "caption 5" || r.Listed != `["uid-5",null]` || pictures[r.Key] != "picture 5" {
		t.Errorf("sample without row: %+v", *r)
	}
}

func TestReadPlainTar(t *testing.T) {
	t.Parallel()
	s := mem.New()
	put(t, s, "pool.tar", pythonTar(t,
		member{"./dir/a.txt", "from txt"}, member{"./dir/a.png", "A"}, member{"./dir/a.json", `{"caption": "from json", "uid": "u", "n": 3, "x": {"y": 1}}`},
		member{"b.JPEG", "B"}, member{"b.json", `{"text": "a text", "url": "https://b.test/", "n": 4.5}`},
		member{"c.input.jpg", "C"}, member{"c.json", `no json`},
		member{"b.jpg", "B2"},
		member{"d.cls", "7"},
	))
	_, got, pictures, err := one(t, s)
	if err != nil || got.Cut != "" {
		t.Fatal(err, got.Cut)
	}
	type fields struct{ url, caption, listed, problem string }
	want := []fields{
		{"webdataset:pool.tar/./dir/a", "from txt", `[3,"u","{\"y\":1}"]`, ""},
		{"https://b.test/", "a text", `[null,null,null]`, ""},
		{"webdataset:pool.tar/c", "", `[null,null,null]`, ""},
		{"webdataset:pool.tar/b", "", `[null,null,null]`, ""},
		{"webdataset:pool.tar/d", "", `[null,null,null]`, "no picture among its members: cls"},
	}
	if len(got.Rows) != len(want) {
		t.Fatalf("%d rows", len(got.Rows))
	}
	for i, r := range got.Rows {
		if f := (fields{r.URL, r.Caption, r.Listed, r.Problem}); f != want[i] {
			t.Errorf("row %d: %+v, want %+v", i, f, want[i])
		}
	}
	if pictures["c"] != "C" || pictures["./dir/a"] != "A" {
		t.Errorf("pictures %v", pictures)
	}
}

func TestEqualKeysHaveDistinctURLs(t *testing.T) {
	t.Parallel()
	s := mem.New()
	put(t, s, "a.tar", pythonTar(t, member{"x.jpg", "1"}, member{"x.jpg", "2"}, member{"y.jpg", "3"}, member{"x.jpg", "4"}))
	_, got, _, err := one(t, s)
	if err != nil {
		t.Fatal(err)
	}
	var urls []string
	for _, r := range got.Rows {
		urls = append(urls, r.URL)
	}
	want := []string{"webdataset:a.tar/x", "webdataset:a.tar/x#2", "webdataset:a.tar/y", "webdataset:a.tar/x#3"}
	if !slices.Equal(urls, want) {
		t.Errorf("%v, want %v", urls, want)
	}
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	whole := pythonTar(t, samples(0)...)
	for _, c := range []struct {
		name  string
		files map[string][]byte
		shard Shard
		want  string
	}{
		{"table of a finished shard was cut", map[string][]byte{"0.tar": whole, "0.parquet": []byte("PAR1")},
			Shard{Tar: "0.tar", Size: int64(len(whole)), Table: "0.parquet", Finished: true}, "0.parquet was cut, although 0_stats.json says"},
		{"damaged table", map[string][]byte{"0.tar": whole, "0.parquet": []byte("PAR1 garbage PAR1")},
			Shard{Tar: "0.tar", Size: int64(len(whole)), Table: "0.parquet"}, "open table 0.parquet"},
		{"tar has grown", map[string][]byte{"0.tar": whole}, Shard{Tar: "0.tar", Size: 5}, "listed with 5"},
		{"tar is gone", nil, Shard{Tar: "0.tar", Size: 5}, "0.tar"},
	} {
		s := mem.New()
		for key, data := range c.files {
			put(t, s, key, data)
		}
		_, err := Read(t.Context(), s, c.shard, nil, func(*Row, Picture) error { return nil })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	s := mem.New()
	put(t, s, "0.tar", whole)
	stop := errors.New("stop")
	if _, err := Read(t.Context(), s, Shard{Tar: "0.tar", Size: int64(len(whole))}, nil, func(*Row, Picture) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("each failed: %v", err)
	}
}

// A table without keys says nothing of the samples.
func TestTableOfSomethingElse(t *testing.T) {
	t.Parallel()
	s := mem.New()
	put(t, s, "0.tar", ourTar(t, samples(0)...))
	put(t, s, "0.parquet", tableOf(t, []schemas.Column{{Name: "uid", Type: schemas.ColumnString}}, []any{"x"}))
	_, got, pictures, err := one(t, s)
	if err != nil || len(got.Rows) != 1 || len(pictures) != 1 || !strings.Contains(got.Unread, "no column key") {
		t.Errorf("%d rows, %v, unread %q, %v", len(got.Rows), pictures, got.Unread, err)
	}
}

func FuzzRead(f *testing.F) {
	whole := pythonTar(f, samples(0, 1)...)
	f.Add(whole, []byte{})
	f.Add(whole[:len(whole)-1500], tableOf(f, columns, success(0), success(1)))
	f.Add(ourTar(f, member{"a.jpg", "x"}, member{"a.json", `{"url": 1e999, "n": [1, {"a": null}], "width": -1}`}), []byte("PAR1"))
	f.Fuzz(func(t *testing.T, data, sidecar []byte) {
		s := mem.New()
		put(t, s, "0.tar", data)
		if len(sidecar) > 0 {
			put(t, s, "0.parquet", sidecar)
		}
		found, err := Find(t.Context(), s, []string{"0.tar"})
		if err != nil {
			t.Fatal(err)
		}
		cols, err := Columns(t.Context(), s, found)
		if err != nil {
			return
		}
		seen := map[*Row]bool{}
		got, err := Read(t.Context(), s, found[0], cols, func(r *Row, p Picture) error {
			if end := p.Offset + int64(len(p.Data)); p.Offset < 0 || end > int64(len(data)) || string(data[p.Offset:end]) != string(p.Data) {
				t.Errorf("picture is not at byte %d", p.Offset)
			}
			seen[r] = true
			return nil
		})
		if err != nil {
			return
		}
		for _, r := range got.Rows {
			if r.Kept() && seen[r] == (r.Problem != "") || !r.Kept() && seen[r] {
				t.Errorf("row %q: kept %v, picture %v, problem %q", r.Key, r.Kept(), seen[r], r.Problem)
			}
			if r.URL == "" {
				t.Errorf("row %q has no URL", r.Key)
			}
		}
	})
}

func TestStoreErrorIsNoCut(t *testing.T) {
	t.Parallel()
	if _, err := Find(t.Context(), mem.New(), []string{"*.tar"}); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("nothing there: %v", err)
	}
}
