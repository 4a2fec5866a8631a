package workers_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pairmill/crawler/pool"
	"pairmill/encoder"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/ledger"
	"pairmill/store/mem"
	"pairmill/store/npy/npytest"
	"pairmill/store/table"
	"pairmill/workers"
	"pairmill/workers/workerstest"
)

// withPool makes a spec one with the pool of poolOver, whose vectors or scores it takes; empty = it takes none.
func withPool(spec, take string) string {
	spec = strings.Replace(spec, `{tars: ["*.tar"]}`, `{tars: ["*.tar"], pool: ["metadata/*.parquet"]}`, 1)
	if take != "" {
		spec = strings.Replace(spec, "model: builtin", "model: pool:"+take, 1)
	}
	return spec
}

// poolLine is a row of poolOver: vectors of picture and text, and a score; nil is null.
type poolLine struct {
	uid         string
	image, text []float32
	score       any
}

// poolLines are the rows of adoptable's samples in a pool, among others. The red one's vectors have length 2, the green
// one's are halves of length 1 as near as halves come; the one that is the red picture again has a text without a direction,
// the one behind the cut no score. Samples of pool.tar have no uid.
func poolLines() [][]poolLine {
	h := func(f float64) float32 { return encoder.FromFloat16(encoder.Float16bits(float32(f))) }
	return [][]poolLine{
		{
			{"before", []float32{1, 0, 0, 0}, []float32{0, 0, 0, 1}, float32(0)},
			{"uid-000000000", []float32{2, 0, 0, 0}, []float32{1.2, 1.6, 0, 0}, float32(0.75)},
			{"uid-000000001", []float32{0, h(math.Sqrt(0.5)), h(math.Sqrt(0.5)), 0}, []float32{0, 0, 1, 0}, float32(0.25)},
		},
		{
			{"uid-000000002", []float32{0, 0, 0, 1}, []float32{0, 0, 0, 1}, float32(1)},
			{"uid-000010000", []float32{1, 0, 0, 0}, []float32{0, 0, 0, 0}, float32(0.5)},
			{"uid-000010001", []float32{1, 0, 0, 0}, []float32{1, 0, 0, 0}, nil},
		},
	}
}

// poolOver puts a pool of DataComp's form beside what a store has.
func poolOver(t testing.TB, s *mem.Store) *mem.Store {
	t.Helper()
	columns := []schemas.Column{{Name: "uid", Type: schemas.ColumnString}, {Name: "url", Type: schemas.ColumnString}, {Name: "clip_l14_similarity_score", Type: schemas.ColumnFloat}}
	for i, lines := range poolLines() {
		var b bytes.Buffer
		w, err := table.NewValues(&b, columns, table.Config{})
		if err != nil {
			t.Fatal(err)
		}
		arrays := map[string]npytest.Array{"l14_img": {}, "l14_txt": {}}
		for _, l := range lines {
			if err := w.Write([]any{l.uid, "https://a.test/", l.score}); err != nil {
				t.Fatal(err)
			}
			arrays["l14_img"] = npytest.Array{Rows: append(arrays["l14_img"].Rows, l.image)}
			arrays["l14_txt"] = npytest.Array{Rows: append(arrays["l14_txt"].Rows, l.text)}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		putObject(t, s, fmt.Sprintf("metadata/%d.parquet", i), b.Bytes())
		putObject(t, s, fmt.Sprintf("metadata/%d.npz", i), npytest.File(t, i == 1, arrays))
	}
	return s
}

// joined returns the lines of the pool that a run has written down, by uid.
func joined(t *testing.T, s store.Store) map[string][]any {
	t.Helper()
	out := map[string][]any{}
	for rec, err := range ledger.Run(t.Context(), s, workerstest.Run) {
		if err != nil {
			t.Fatal(err)
		}
		if rec.Job.Task != schemas.TaskFetch {
			continue
		}
		for _, o := range rec.Of(schemas.RoleLines) {
			if !strings.Contains(o.Key, "/columns/pool@"+o.For[:16]+"/") {
				t.Errorf("the pool's column stands at %s", o.Key)
			}
			in, err := s.Open(t.Context(), o.Key)
			if err != nil {
				t.Fatal(err)
			}
			defer in.Close()
			v, err := table.OpenValues(in, in.Info().Size, o.Key)
			if err != nil {
				t.Fatal(err)
			}
			for row, err := range v.Range(t.Context(), 0, v.Rows(), "uid", "file", "line", "clip_l14_similarity_score") {
				if err != nil {
					t.Fatal(err)
				}
				out[row[0].(string)] = row[1:]
			}
		}
	}
	return out
}

func TestAdoptionJoinsAPool(t *testing.T) {
	t.Parallel()
	s := poolOver(t, adoptable(t, anyURL))
	sum := index(t, s, withPool(indexSpec, ""))
	if plain := index(t, adoptable(t, anyURL), indexSpec); !reflect.DeepEqual(sum, plain) {
		t.Errorf("with a pool %+v, without %+v", sum, plain)
	}
	want := map[string][]any{
		"uid-000000000": {int32(0), int64(1), float32(0.75)}, "uid-000000001": {int32(0), int64(2), float32(0.25)},
		"uid-000000002": {int32(1), int64(0), float32(1)}, "uid-000010000": {int32(1), int64(1), float32(0.5)},
	}
	if got := joined(t, s); !reflect.DeepEqual(got, want) {
		t.Errorf("lines %v, want %v", got, want)
	}
}

// What a retry brings back has its line too.
func TestRetriedRowsAreJoined(t *testing.T) {
	t.Parallel()
	site := workerstest.Site(t)
	s := poolOver(t, adoptable(t, func(name string) string { return site.URL("a.test", "/"+name) }))
	index(t, s, withPool(indexSpec, ""))
	next := schemas.Generation{Version: schemas.Version, Number: 1, Retry: []schemas.Reason{schemas.ImageTruncated}}
	if err := ledger.PutGeneration(t.Context(), s, workerstest.Run, next); err != nil {
		t.Fatal(err)
	}
	index(t, s, withPool(indexSpec, ""))
	if got := joined(t, s)["uid-000010001"]; !reflect.DeepEqual(got, []any{int32(1), int64(2), nil}) {
		t.Errorf("%v", got)
	}
}

// published reads the rows of the dataset, by URL, and its manifest.
func published(t *testing.T, s store.Store) (rows map[string]schemas.DatasetRow, m schemas.Manifest) {
	t.Helper()
	if err := ledger.ReadJSON(t.Context(), s, "datasets/small/v0001/manifest.json", &m); err != nil {
		t.Fatal(err)
	}
	rows = map[string]schemas.DatasetRow{}
	for _, o := range m.Objects {
		if o.Role != schemas.RoleData {
			continue
		}
		for row, err := range table.Read[dataRow](t.Context(), s, "datasets/small/v0001/"+o.Key) {
			if err != nil {
				t.Fatal(err)
			}
			rows[row.URL] = schemas.DatasetRow{URL: row.URL, Similarity: row.Similarity, Encoder: row.Encoder}
		}
		if m.Dim > 0 {
			for row, err := range table.Read[vectorRow](t.Context(), s, "datasets/small/v0001/"+o.Key) {
				if err != nil {
					t.Fatal(err)
				}
				r := rows[row.URL]
				r.ImageEmbedding, r.TextEmbedding = row.ImageEmbedding, row.TextEmbedding
				rows[row.URL] = r
			}
		}
	}
	return rows, m
}

type dataRow struct {
	URL        string  `parquet:"url"`
	Similarity float32 `parquet:"similarity"`
	Encoder    string  `parquet:"encoder"`
}

type vectorRow struct {
	URL            string    `parquet:"url"`
	ImageEmbedding []float32 `parquet:"image_embedding,list"`
	TextEmbedding  []float32 `parquet:"text_embedding,list"`
}

// A dataset takes its vectors from the pool: those of length 1 bit for bit. A sample that the pool does not have, or has
// without a direction, is dropped before dedup, so that another copy of its picture may win.
func TestPoolVectorsMakeADataset(t *testing.T) {
	t.Parallel()
	s := poolOver(t, adoptable(t, anyURL))
	sum := index(t, s, withPool(datasetSpec, "l14")+"curate: {min_similarity: 0.65}\n")
	want := map[schemas.Reason]int64{
		schemas.HTTPGone: 1, schemas.ImageTruncated: 2, schemas.ImageCorrupt: 1, schemas.CaptionEmpty: 2,
		schemas.FeaturesMissing: 2, schemas.LowSimilarity: 1,
	}
	if sum.Rows != 1 || sum.Embedded != 2 || sum.DistinctImages != 2 || !maps.Equal(sum.Dropped, want) {
		t.Errorf("%+v, want 1 row and dropped %v", sum, want)
	}
	rows, m := published(t, s)
	p, err := pool.Survey(t.Context(), s, []string{"metadata/*.parquet"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Choose("l14")
	if err != nil {
		t.Fatal(err)
	}
	sumOf, err := c.Fingerprint()
	if err != nil || m.Encoder != sumOf || m.Dim != 4 || m.Vectors != schemas.Float16 {
		t.Errorf("%+v, %v, want encoder %s", m, err, sumOf)
	}
	green := rows["https://a.test/green.png"]
	if line := poolLines()[0][2]; !slices.Equal(green.ImageEmbedding, line.image) || !slices.Equal(green.TextEmbedding, line.text) ||
		green.Encoder != sumOf || math.Abs(float64(green.Similarity)-math.Sqrt(0.5)) > 1e-3 {
		t.Errorf("%+v, want vectors of %+v", green, line)
	}
	card, err := store.ReadAll(t.Context(), s, "datasets/small/v0001/README.md", 1<<20)
	if err != nil || !strings.Contains(string(card), "arrays `l14_img` and `l14_txt` of their pool") || strings.Contains(string(card), "were obeyed;") {
		t.Errorf("card: %s, %v", card, err)
	}
	for reason, detail := range map[schemas.Reason]string{
		schemas.FeaturesMissing: "metadata/1.parquet, row 1: l14_txt: vector has length zero",
		schemas.LowSimilarity:   "similarity 0.6002, curate.min_similarity is 0.65",
	} {
		if !slices.Contains(details(t, s, reason), detail) {
			t.Errorf("%s: %q, want %q", reason, details(t, s, reason), detail)
		}
	}
}

// details are those of rows and samples that were dropped for a reason.
func details(t *testing.T, s store.Store, reason schemas.Reason) (out []string) {
	t.Helper()
	for rec, err := range ledger.Run(t.Context(), s, workerstest.Run) {
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range rec.Objects {
			switch {
			case o.Role == schemas.RoleTable && rec.Job.Task == schemas.TaskFetch:
				for row, err := range table.Read[schemas.Row](t.Context(), s, o.Key) {
					if err != nil {
						t.Fatal(err)
					}
					if row.Reason == string(reason) {
						out = append(out, row.Detail)
					}
				}
			case o.Role == schemas.RoleDecisions:
				for row, err := range table.Read[schemas.DecisionRow](t.Context(), s, o.Key) {
					if err != nil {
						t.Fatal(err)
					}
					if row.Reason == string(reason) {
						out = append(out, row.Detail)
					}
				}
			}
		}
	}
	return out
}

// A pool without vectors still has scores.
func TestPoolScoresMakeADataset(t *testing.T) {
	t.Parallel()
	s := poolOver(t, adoptable(t, anyURL))
	for _, key := range []string{"metadata/0.npz", "metadata/1.npz"} {
		if err := s.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	sum := index(t, s, withPool(datasetSpec, "clip_l14_similarity_score")+"curate: {min_similarity: 0.5}\n")
	want := map[schemas.Reason]int64{
		schemas.HTTPGone: 1, schemas.ImageTruncated: 2, schemas.ImageCorrupt: 1, schemas.CaptionEmpty: 2,
		schemas.FeaturesMissing: 1, schemas.LowSimilarity: 1, schemas.DuplicateImage: 1,
	}
	if sum.Rows != 1 || sum.Embedded != 2 || !maps.Equal(sum.Dropped, want) {
		t.Errorf("%+v, want 1 row and dropped %v", sum, want)
	}
	rows, m := published(t, s)
	got := slices.Collect(maps.Values(rows))
	if len(got) != 1 || got[0].Similarity < 0.5 || got[0].Encoder != m.Encoder || m.Dim != 0 || m.Vectors != "" || len(m.Encoder) != 64 {
		t.Errorf("%+v of %+v", got, m)
	}
	card, err := store.ReadAll(t.Context(), s, "datasets/small/v0001/README.md", 1<<20)
	if err != nil || !strings.Contains(string(card), "status similarity encoder`") || !strings.Contains(string(card), "column `clip_l14_similarity_score` of their pool") {
		t.Errorf("card: %s, %v", card, err)
	}
}

func TestPoolRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, take, want string
		damage           func(*mem.Store) error
	}{
		{"no such feature", "b32", `"b32" is neither a feature nor a column of numbers in all tables of the pool: there are l14, clip_l14_similarity_score`, nil},
		{"an .npz is missing", "l14", "metadata/1.parquet has no metadata/1.npz beside it", func(s *mem.Store) error { return s.Delete(t.Context(), "metadata/1.npz") }},
		{"no pool", "l14", "find tables metadata/*.parquet: nothing is there", func(s *mem.Store) error {
			return errors.Join(s.Delete(t.Context(), "metadata/0.parquet"), s.Delete(t.Context(), "metadata/1.parquet"))
		}},
		{"shards without uids", "l14", "the shards carry no uid", func(s *mem.Store) error {
			return errors.Join(s.Delete(t.Context(), "00000.parquet"), s.Delete(t.Context(), "00001.parquet"))
		}},
	} {
		s := poolOver(t, adoptable(t, anyURL))
		if c.damage != nil {
			if err := c.damage(s); err != nil {
				t.Fatal(err)
			}
		}
		err := (workerstest.Pipeline{Store: s, Spec: []byte(withPool(datasetSpec, c.take))}).Drive(t.Context())
		if !errors.Is(err, workers.ErrStopped) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
