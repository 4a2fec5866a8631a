package pool

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/mem"
	"pairmill/store/npy"
	"pairmill/store/npy/npytest"
)

func TestSurvey(t *testing.T) {
	t.Parallel()
	p := survey(t, world(t))
	if p.Rows() != 70 || len(p.Files) != 5 || p.Files[3].Table != "metadata/3.parquet" || p.Files[3].Arrays != "metadata/3.npz" || p.Files[3].Rows != 30 {
		t.Errorf("%+v", p.Files)
	}
	if want := columns[3:5]; !slices.Equal(p.Columns, want) {
		t.Errorf("columns %v, want %v", p.Columns, want)
	}
	if want := []Feature{{"b32", 4, npy.Float16}, {"l14", 5, npy.Float16}}; !slices.Equal(p.Features, want) {
		t.Errorf("features %v, want %v", p.Features, want)
	}
	again, err := Survey(t.Context(), world(t), []string{"metadata/3.parquet", "metadata/*.parquet", "metadata/[0-2].parquet"})
	if err != nil || !reflect.DeepEqual(again, p) {
		t.Errorf("by more patterns: %+v, %v", again, err)
	}
}

// A file that numpy has written, with halves and floats.
func TestSurveyOfNumpysArrays(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"stored.npz", "deflated.npz"} {
		data, err := os.ReadFile("../../store/npy/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		s := mem.New()
		put(t, s, "metadata/a.parquet", lines(t, 0, 300))
		put(t, s, "metadata/a.npz", data)
		p := survey(t, s)
		if want := []Feature{{"b32", 8, npy.Float16}, {"l14", 12, npy.Float32}}; !slices.Equal(p.Features, want) {
			t.Fatalf("%s: features %v, want %v", name, p.Features, want)
		}
		image, text, err := p.Vectors(t.Context(), s, p.Features[1], []Place{{0, 299}, {0, 0}, {0, 150}})
		if err != nil || image[0][11] != float32(3599)/8-256 || image[1][0] != -256 || !slices.Equal(image[2], text[2]) {
			t.Errorf("%s: %v, %v, %v", name, image, text, err)
		}
	}
}

func TestSurveyRefuses(t *testing.T) {
	t.Parallel()
	two := func(rows int64, deflated bool) []byte { return arrays(t, deflated, 0, rows) }
	damaged := func(key string, data []byte) func(*mem.Store) {
		return func(s *mem.Store) {
			if err := s.Delete(t.Context(), key); err != nil {
				t.Fatal(err)
			}
			put(t, s, key, data)
		}
	}
	some := func(names ...string) []byte {
		all := map[string]npytest.Array{}
		for _, name := range names {
			a := npytest.Array{}
			for range 7 {
				a.Rows = append(a.Rows, make([]float32, 4))
			}
			all[name] = a
		}
		return npytest.File(t, false, all)
	}
	odd := some("b32_img", "b32_txt", "l14_img", "l14_txt")
	for _, c := range []struct {
		name   string
		damage func(*mem.Store)
		want   string
	}{
		{"rows of arrays", damaged("metadata/1.npz", two(8, false)), "metadata/1.npz, array b32_img: 8 rows, but metadata/1.parquet has 7"},
		{"cut .npz", damaged("metadata/1.npz", two(7, false)[:500]), "open metadata/1.npz: no .npz, or its end is missing"},
		{"empty .npz", damaged("metadata/1.npz", nil), "open metadata/1.npz"},
		{"array missing", damaged("metadata/1.npz", some("b32_img", "b32_txt", "l14_img")), "metadata/1.npz has b32 (4 float16 values), but metadata/0.npz has b32 (4 float16 values), l14 (5"},
		{"no arrays", damaged("metadata/1.npz", some("x")), "metadata/1.npz has no pair of arrays NAME_img and NAME_txt: it has x"},
		{"other length", damaged("metadata/1.npz", odd), "l14 (4 float16 values), but metadata/0.npz"},
		{"wrong dtype", damaged("metadata/1.npz", bytes.ReplaceAll(two(7, false), []byte("<f2"), []byte("<i2"))), "metadata/1.npz, array b32_img"},
		{"no uid", damaged("metadata/1.parquet", tableOf(t, columns[1:3])), `table metadata/1.parquet: no column "uid"`},
		{"uids are numbers", damaged("metadata/1.parquet", tableOf(t, []schemas.Column{{Name: "uid", Type: schemas.ColumnInt64}})), "column uid is int64, want string"},
		{"no Parquet", damaged("metadata/1.parquet", []byte("PAR1")), "metadata/1.parquet"},
	} {
		s := world(t)
		c.damage(s)
		if _, err := Survey(t.Context(), s, []string{"metadata/*.parquet"}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	for _, patterns := range [][]string{{"none/*.parquet"}, {"metadata/0.parquet", "x.parquet"}, {"metadata/s.parquet"}} {
		if _, err := Survey(t.Context(), world(t), patterns); !errors.Is(err, store.ErrNotExist) || !strings.Contains(err.Error(), "find tables") {
			t.Errorf("%v: %v", patterns, err)
		}
	}
}

// Columns that a file lacks are left out; a file without .npz leaves the features to those who do not ask for them.
func TestSurveyKeepsWhatAllFilesHave(t *testing.T) {
	t.Parallel()
	s := world(t)
	put(t, s, "metadata/9.parquet", tableOf(t, columns[:4], line(9, 0)[:4]))
	p := survey(t, s)
	if want := columns[3:4]; !slices.Equal(p.Columns, want) || len(p.Features) != 2 || p.Files[5].Arrays != "" {
		t.Errorf("%+v", p)
	}
	if _, err := p.Choose("l14"); err == nil || !strings.Contains(err.Error(), "metadata/9.parquet has no metadata/9.npz beside it") {
		t.Errorf("%v", err)
	}
	if _, err := p.Choose("clip_l14_similarity_score"); err == nil || !strings.Contains(err.Error(), "there are b32, l14, original_width") {
		t.Errorf("%v", err)
	}
	if _, err := (&Pool{}).Choose("x"); err == nil || !strings.Contains(err.Error(), "neither vectors nor columns") {
		t.Errorf("%v", err)
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	p := survey(t, world(t))
	prints := map[string]string{}
	for name, dim := range map[string]int{"b32": 4, "l14": 5, "original_width": 0, "clip_l14_similarity_score": 0} {
		c, err := p.Choose(name)
		if err != nil || c.Dim() != dim {
			t.Errorf("%s: %+v, %v", name, c, err)
		}
		sum, err := c.Fingerprint()
		if err != nil || len(sum) != 64 || prints[sum] != "" {
			t.Errorf("%s: fingerprint %s, %v, like %q", name, sum, err, prints[sum])
		}
		prints[sum] = name
	}
}

// places are where random rows stand.
func places(r *rand.Rand, n int) (uids []string, want map[string]Place) {
	want = map[string]Place{}
	for range n {
		file := r.IntN(len(sizes))
		row := r.Int64N(sizes[file])
		uids = append(uids, uid(file, row))
		want[uid(file, row)] = Place{file, row}
	}
	return uids, want
}

func TestFindsEveryRow(t *testing.T) {
	t.Parallel()
	s := world(t)
	p := survey(t, s)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 60 {
		uids, want := places(r, r.IntN(20))
		if i%2 == 0 {
			uids = append(uids, "absent", "", uid(7, 7))
		}
		got, err := p.Find(t.Context(), s, i%7-1, uids)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %v, %v, want %v", uids, got, err, want)
		}
	}
}

// opens counts which objects are opened.
type opens struct {
	store.Store
	keys []string
}

func (o *opens) Open(ctx context.Context, key string) (store.Object, error) {
	o.keys = append(o.keys, key)
	return o.Store.Open(ctx, key)
}

// Of rows that stand close together few files are read, wherever the search begins.
func TestFindReadsWhatIsNear(t *testing.T) {
	t.Parallel()
	inner := world(t)
	p := survey(t, inner)
	for _, c := range []struct {
		guess int
		uids  []string
		want  string
	}{
		{3, []string{uid(3, 29), uid(4, 0)}, "3 4"},
		{3, []string{uid(2, 0), uid(3, 0)}, "3 4 2"},
		{0, []string{uid(0, 0)}, "0"},
		{4, []string{uid(1, 0), uid(0, 6)}, "4 3 2 1 0"},
		{0, []string{uid(3, 0), uid(4, 1)}, "0 1 2 3 4"},
		{-5, []string{uid(0, 1)}, "0"},
		{99, []string{uid(4, 1)}, "4"},
		{1, nil, ""},
		{1, []string{""}, ""},
	} {
		s := &opens{Store: inner}
		if _, err := p.Find(t.Context(), s, c.guess, c.uids); err != nil {
			t.Fatal(err)
		}
		got := strings.NewReplacer("metadata/", "", ".parquet", "").Replace(strings.Join(s.keys, " "))
		if got != c.want {
			t.Errorf("from %d: files %s, want %s", c.guess, got, c.want)
		}
	}
}

func TestValuesAndVectors(t *testing.T) {
	t.Parallel()
	s := world(t)
	p := survey(t, s)
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		_, where := places(r, 1+r.IntN(30))
		var at []Place
		for _, place := range where {
			at = append(at, place)
		}
		at = append(at, at[0]) // the same once more
		values, err := p.Values(t.Context(), s, at)
		if err != nil {
			t.Fatal(err)
		}
		image, text, err := p.Vectors(t.Context(), s, p.Features[1], at)
		if err != nil {
			t.Fatal(err)
		}
		for i, place := range at {
			if want := line(place.File, place.Row)[3:5]; !reflect.DeepEqual(values[i], want) {
				t.Errorf("%v: %v, want %v", place, values[i], want)
			}
			if !slices.Equal(image[i], vector(place.File, place.Row, 2, 5)) || !slices.Equal(text[i], vector(place.File, place.Row, 3, 5)) {
				t.Errorf("%v: %v, %v", place, image[i], text[i])
			}
		}
	}
	if got, err := p.Values(t.Context(), s, nil); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

// Files that are not those of the plan are refused.
func TestChangedPool(t *testing.T) {
	t.Parallel()
	s := world(t)
	p := survey(t, s)
	for key, data := range map[string][]byte{"metadata/0.parquet": lines(t, 0, 19), "metadata/1.npz": arrays(t, false, 1, 6)} {
		if err := s.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		put(t, s, key, data)
	}
	_, err := p.Find(t.Context(), s, 0, []string{"x"})
	if err == nil || !strings.Contains(err.Error(), "metadata/0.parquet has 19 rows") || !strings.Contains(err.Error(), "plan a new run") {
		t.Errorf("%v", err)
	}
	if _, _, err := p.Vectors(t.Context(), s, p.Features[0], []Place{{1, 0}}); err == nil || !strings.Contains(err.Error(), "metadata/1.npz has") {
		t.Errorf("%v", err)
	}
	if err := s.Delete(t.Context(), "metadata/2.npz"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Vectors(t.Context(), s, p.Features[0], []Place{{2, 0}}); !errors.Is(err, store.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// BenchmarkFind finds the 10,000 rows of a shard in a file of 200,000.
func BenchmarkFind(b *testing.B) {
	const n = 200_000
	s := mem.New()
	put(b, s, "metadata/0.parquet", lines(b, 0, n))
	p := survey(b, s)
	var uids []string
	for i := range int64(10_000) {
		uids = append(uids, uid(0, n-1-i))
	}
	for b.Loop() {
		if found, err := p.Find(b.Context(), s, 0, uids); err != nil || len(found) != len(uids) {
			b.Fatal(fmt.Sprint(len(found)), err)
		}
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	shard := append(slices.Clone(columns[:3]), schemas.Column{Name: "key", Type: schemas.ColumnString})
	s := world(t)
	for key, data := range map[string][]byte{
		"0.parquet": tableOf(t, shard), "0.tar": nil, "1.parquet": tableOf(t, columns[:2]),
		"shards/0.parquet": tableOf(t, shard), "shards/0.tar": nil, "shards/1.parquet": tableOf(t, shard),
		"odd[1]/a.parquet": tableOf(t, columns), "other/a.parquet": tableOf(t, columns[:1]), "broken/a.parquet": []byte("PAR1"),
		"runs/r/parts/a.parquet": tableOf(t, columns), "out/runs/r/shards/a.parquet": tableOf(t, columns),
	} {
		put(t, s, key, data)
	}
	got, err := Patterns(t.Context(), s)
	if want := []string{"*.parquet", "metadata/*.parquet", "odd?1?/*.parquet"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
	if p, err := Survey(t.Context(), s, got); err != nil || len(p.Files) != 7 {
		t.Errorf("%+v, %v", p, err)
	}
}
