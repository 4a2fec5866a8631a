package sheet_test

import (
	"cmp"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pairmill/internal/sheet"
	"pairmill/schemas"
)

func TestReadRanksThePairs(t *testing.T) {
	t.Parallel()
	v, _ := publish(t, asIs)
	s := read(t, v, sheet.Config{Pairs: 2})
	all := rows(t, v, s)
	if len(all) < 4 || int64(len(all)) != s.Manifest.Rows || s.Similarity.N != s.Manifest.Rows || s.Summary.Rows != s.Manifest.Rows {
		t.Fatalf("%d rows; the manifest says %d, the summary %d, the histogram %d", len(all), s.Manifest.Rows, s.Summary.Rows, s.Similarity.N)
	}
	slices.SortFunc(all, func(a, b schemas.DatasetRow) int {
		return cmp.Or(cmp.Compare(b.Similarity, a.Similarity), cmp.Compare(a.Key, b.Key))
	})
	for i, p := range s.Best {
		if r := all[i]; p.Key != r.Key || p.Caption != r.Caption || p.PageURL != r.PageURL || p.Similarity != r.Similarity {
			t.Errorf("best %d: %+v, want %+v", i, p, r)
		}
	}
	sum := 0.0
	for i, r := range all {
		sum += float64(r.Similarity)
		if i < len(s.Worst) && s.Worst[i].Similarity != all[len(all)-1-i].Similarity {
			t.Errorf("worst %d has similarity %v, want %v", i, s.Worst[i].Similarity, all[len(all)-1-i].Similarity)
		}
	}
	if len(s.Best) != 2 || len(s.Worst) != 2 || len(s.Samples) != min(6, len(all)) {
		t.Errorf("%d best, %d worst, %d samples", len(s.Best), len(s.Worst), len(s.Samples))
	}
	if mean := sum / float64(len(all)); math.Abs(mean-s.Similarity.Mean) > 1e-6 {
		t.Errorf("mean %v, want %v", s.Similarity.Mean, mean)
	}
	if again := read(t, v, sheet.Config{Pairs: 2}); !reflect.DeepEqual(s, again) {
		t.Errorf("read again: %+v, want %+v", again, s)
	}
}

func TestReadWithoutVectors(t *testing.T) {
	t.Parallel()
	v, _ := publish(t, withoutVectors)
	s := read(t, v, sheet.Config{Pictures: true})
	if s.Scored() || len(s.Best)+len(s.Worst) > 0 || s.Similarity.N != 0 || len(s.Samples) == 0 {
		t.Errorf("%+v", s)
	}
	var text, page strings.Builder
	if err := cmp.Or(s.WriteText(&text), s.WriteHTML(&page)); err != nil {
		t.Fatal(err)
	}
	for _, p := range s.Samples {
		if !strings.Contains(text.String(), p.Key) || !strings.Contains(page.String(), p.Key) {
			t.Errorf("%s is not shown", p.Key)
		}
	}
	if strings.Contains(text.String()+page.String(), "imilarity") {
		t.Error("there is no similarity, but it is spoken of")
	}
}

func TestReadNamesWhatIsDamaged(t *testing.T) {
	t.Parallel()
	_, whole := publish(t, asIs)
	for _, test := range []struct {
		name, file string
		damage     func(path string) error
		want       string
	}{
		{"no manifest", "manifest.json", os.Remove, "manifest.json"},
		{"other version", "manifest.json", content(`{"v": 99}`), "99"},
		{"no JSON", "stats.json", content(`{`), "stats.json"},
		{"no table", "data/train-00000-of-00002.parquet", content("PAR1"), "data/train-00000-of-00002.parquet"},
		{"no tar", "shards/00001.tar", os.Remove, "shards/00001.tar"},
		{"cut tar", "shards/00001.tar", content("cut"), "shards/00001.tar"},
		{"empty tar", "shards/00001.tar", content(string(make([]byte, 1024))), "shards/00001.tar holds no picture"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(whole)); err != nil {
				t.Fatal(err)
			}
			if err := test.damage(filepath.Join(dir, filepath.FromSlash(test.file))); err != nil {
				t.Fatal(err)
			}
			_, err := sheet.Read(t.Context(), open(t, dir), sheet.Config{Pictures: true})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

// content replaces a file: stored files are read-only, so it is made anew.
func content(s string) func(string) error {
	return func(path string) error {
		return cmp.Or(os.Remove(path), os.WriteFile(path, []byte(s), fs.FileMode(0o444)))
	}
}

func TestReadRefusesTooManyPairs(t *testing.T) {
	t.Parallel()
	if _, err := sheet.Read(t.Context(), nil, sheet.Config{Pairs: sheet.MaxPairs + 1}); err == nil {
		t.Error("no error")
	}
}
