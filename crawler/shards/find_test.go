package shards

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"pairmill/schemas"
	"pairmill/store/mem"
)

func TestFindAndPatterns(t *testing.T) {
	t.Parallel()
	s := mem.New()
	for _, key := range []string{
		"00000.tar", "00000.parquet", "00000_stats.json", "00001.tar", "00001.parquet", "part-a/x.tar", "part-a/deep/y.tar", "odd[1]/z.tar",
		"runs/r/shards/g00000/00000.ab.tar", "datasets/d/v0001/shards/00000.tar", "notes.txt",
		"out/00000.tar", "out/runs/download/shards/g00000/00000.ab.tar", "out/datasets/d/v0001/shards/00000.tar", "out/datasets/runs/mine.tar",
	} {
		put(t, s, key, []byte(key))
	}
	patterns, err := Patterns(t.Context(), s)
	if want := []string{"*.tar", "odd[1]/z.tar", "out/*.tar", "out/datasets/runs/*.tar", "part-a/deep/*.tar", "part-a/*.tar"}; err != nil || !slices.Equal(patterns, want) {
		t.Errorf("patterns %q, %v, want %q", patterns, err, want)
	}
	for _, c := range []struct {
		patterns []string
		want     []string
	}{
		{patterns, []string{"00000.tar", "00001.tar", "odd[1]/z.tar", "out/00000.tar", "out/datasets/runs/mine.tar", "part-a/deep/y.tar", "part-a/x.tar"}},
		{[]string{"*.tar", "00000.tar"}, []string{"00000.tar", "00001.tar"}},
		{[]string{"part-?/*.tar"}, []string{"part-a/x.tar"}},
		{[]string{"*/*/*/*/*.tar", "00001.tar"}, nil},
		{[]string{"out/runs/download/shards/*/*.tar"}, []string{"out/runs/download/shards/g00000/00000.ab.tar"}},
		{[]string{"datasets/d/v0001/shards/*.tar"}, []string{"datasets/d/v0001/shards/00000.tar"}},
	} {
		found, err := Find(t.Context(), s, c.patterns)
		var keys []string
		for _, f := range found {
			keys = append(keys, f.Tar)
		}
		if !slices.Equal(keys, c.want) || (err == nil) != (c.want != nil) {
			t.Errorf("%q: %q, %v, want %q", c.patterns, keys, err, c.want)
		}
	}
	found, err := Find(t.Context(), s, []string{"0000?.tar"})
	if err != nil || !found[0].Finished || found[0].Unfinished() || found[1].Finished || !found[1].Unfinished() {
		t.Errorf("%+v, %v", found, err)
	}
	if found, err := Find(t.Context(), s, []string{"00000.tar"}); err != nil || found[0].Table != "00000.parquet" || !found[0].Finished {
		t.Errorf("by its key: %+v, %v", found, err)
	}
}

func TestFoldersWithoutTars(t *testing.T) {
	t.Parallel()
	str := func(names ...string) (out []schemas.Column) {
		for _, n := range names {
			out = append(out, schemas.Column{Name: n, Type: schemas.ColumnString})
		}
		return out
	}
	pool := str("uid", "url", "text", "sha256")
	for _, c := range []struct {
		name  string
		files map[string][]byte
		want  string
	}{
		{"empty", nil, "want img2dataset's shards or WebDataset tars"},
		{"files", map[string][]byte{"00000.parquet": tableOf(t, str("url", "key", "status")), "00000/0.jpg": nil}, "output_format files, such as 00000/0.jpg"},
		{"parquet", map[string][]byte{"00000.parquet": tableOf(t, append(str("url", "key", "status"), schemas.Column{Name: "jpg", Type: schemas.ColumnBinary}))},
			"holds its pictures in column jpg"},
		{"pool", map[string][]byte{"a.parquet": tableOf(t, pool), "a.npz": nil},
			`--url_list PATH --input_format parquet --url_col url --caption_col text --save_additional_columns '["uid"]'`},
		{"pool's features", map[string][]byte{"meta/a.parquet": tableOf(t, append(pool, schemas.Column{Name: "face_bboxes", Type: schemas.ColumnBoxes})), "meta/a.npz": nil},
			`--url_list PATH/meta --input_format parquet --url_col url --caption_col text --bbox_col face_bboxes --save_additional_columns`},
		{"pool's vectors", map[string][]byte{"a.parquet": tableOf(t, pool), "a.npz": nil}, "1 .npz files, such as a.npz, are joined with the shards by uid"},
		{"pictures", map[string][]byte{"a/b.JPG": nil}, "files of their own, such as a/b.JPG"},
		{"no Parquet", map[string][]byte{"a.parquet": []byte("x")}, "a.parquet is no table"},
		{"a run's tars", map[string][]byte{"runs/r/0.tar": nil}, "want img2dataset's shards"},
	} {
		s := mem.New()
		for key, data := range c.files {
			put(t, s, key, data)
		}
		if got, err := Patterns(t.Context(), s); !errors.Is(err, ErrNoTars) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v, want %q", c.name, got, err, c.want)
		}
	}
}
