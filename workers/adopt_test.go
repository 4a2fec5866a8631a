package workers_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/faulty"
	"pairmill/store/ledger"
	"pairmill/store/mem"
	"pairmill/store/table"
	"pairmill/store/webdataset"
	"pairmill/workers"
	"pairmill/workers/workerstest"
)

// Specs of runs over the shards of adoptable.
const (
	indexSpec = `version: 1
name: small
source: {shards: {tars: ["*.tar"]}}
fetch: {allow_private: true, hosts: {"*.test": 127.0.0.1}, delay: 0s, tries: 1}
filter: {min_chars: 0, max_chars: 0, min_words: 0, max_words: 0, drop_control_chars: false, drop_file_names: false, drop_placeholders: false, min_side: 0, max_aspect: 0}
embed: {model: ""}
deliver: {format: none}
`
	datasetSpec = `version: 1
name: small
source: {shards: {tars: ["*.tar"]}}
filter: {min_chars: 3, min_words: 1, min_side: 16}
embed: {model: builtin, batch: 2}
dataset: {shard_samples: 3}
`
)

// plain is a picture of one colour.
func plain(t testing.TB, c color.Color, side int, asPNG bool) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, side, side))
	draw.Draw(m, m.Bounds(), image.NewUniform(c), image.Point{}, draw.Src)
	var b bytes.Buffer
	err := jpeg.Encode(&b, m, nil)
	if asPNG {
		b.Reset()
		err = png.Encode(&b, m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// shardRow is a row of an img2dataset shard: image is nil for a failure.
type shardRow struct {
	url, caption, message string
	image                 []byte
}

// putShard writes a shard of img2dataset; without stats it is unfinished, and its tar is cut inside the last picture.
func putShard(t testing.TB, s store.Store, name string, stats bool, rows ...shardRow) {
	t.Helper()
	str := func(name string) schemas.Column { return schemas.Column{Name: name, Type: schemas.ColumnString} }
	var tar, sidecar bytes.Buffer
	w := webdataset.NewWriter(&tar)
	v, err := table.NewValues(&sidecar, []schemas.Column{str("uid"), str("caption"), str("url"), str("key"), str("status"), str("error_message")}, table.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cut := 0
	for i, r := range rows {
		key := fmt.Sprintf("%s%04d", name, i)
		status, message := "success", any(nil)
		if r.image == nil {
			status, message = "failed_to_download", r.message
		} else if at, err := w.Write(key, webdataset.Member{Ext: "jpg", Data: r.image}, webdataset.Member{Ext: "txt", Data: []byte(r.caption)}); err == nil {
			cut = int(at[0]) + 10
		} else {
			t.Fatal(err)
		}
		if err := v.Write([]any{"uid-" + key, r.caption, r.url, key, status, message}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), v.Close()); err != nil {
		t.Fatal(err)
	}
	if !stats {
		tar.Truncate(cut)
	} else {
		putObject(t, s, name+"_stats.json", []byte("{}"))
	}
	putObject(t, s, name+".tar", tar.Bytes())
	putObject(t, s, name+".parquet", sidecar.Bytes())
}

func putObject(t testing.TB, s store.Store, key string, data []byte) {
	t.Helper()
	if _, err := s.Put(t.Context(), key, store.Bytes(data)); err != nil {
		t.Fatal(err)
	}
}

// adoptable is a store with three tars. 00000 is of img2dataset and whole: a red and a green picture, a blue one that is
// damaged behind its header, and a failure. 00001 was interrupted: the red one again, and two rows behind the cut. pool is
// plain: a yellow PNG with a caption, one without, and something that is no picture.
func adoptable(t testing.TB, url func(name string) string) *mem.Store {
	t.Helper()
	red, green := plain(t, color.RGBA{230, 20, 20, 255}, 40, false), plain(t, color.RGBA{20, 180, 20, 255}, 48, false)
	blue := plain(t, color.RGBA{20, 20, 230, 255}, 400, true)
	blue[len(blue)/2] ^= 0xff
	s := mem.New()
	putShard(t, s, "00000", true,
		shardRow{url("red.png"), "a red square", "", red}, shardRow{url("green.png"), "a green square", "", green},
		shardRow{url("blue.png"), "a blue square", "", blue}, shardRow{url("missing.png"), "nothing to see", "HTTP Error 404: Not Found", nil})
	putShard(t, s, "00001", false,
		shardRow{url("same.png"), "the red one again", "", red}, shardRow{url("yellow.png"), "behind the cut", "", green}, shardRow{url("photo.jpg"), "this too", "", green})
	var pool bytes.Buffer
	w := webdataset.NewWriter(&pool)
	_, err := w.Write("a", webdataset.Member{Ext: "png", Data: plain(t, color.RGBA{240, 230, 20, 255}, 52, true)}, webdataset.Member{Ext: "txt", Data: []byte("a yellow square")})
	for _, data := range [][]byte{plain(t, color.RGBA{1, 2, 3, 255}, 53, true), []byte("no picture at all")} {
		_, werr := w.Write(fmt.Sprintf("x%d", len(data)), webdataset.Member{Ext: "png", Data: data})
		err = errors.Join(err, werr)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	putObject(t, s, "pool.tar", pool.Bytes())
	return s
}

func anyURL(name string) string { return "https://a.test/" + name }

// index drives the run of spec over a store.
func index(t testing.TB, s store.Store, spec string) schemas.Summary {
	t.Helper()
	if err := (workerstest.Pipeline{Store: s, Spec: []byte(spec)}).Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	sum, err := workerstest.Summary(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if sum.Balance() != 0 {
		t.Errorf("ledger is off by %d: %+v", sum.Balance(), sum)
	}
	return sum
}

func TestAdoptIndexesInPlace(t *testing.T) {
	t.Parallel()
	s := adoptable(t, anyURL)
	sum := index(t, s, indexSpec)
	want := map[schemas.Reason]int64{schemas.HTTPGone: 1, schemas.ImageTruncated: 2, schemas.ImageUnknownFormat: 1}
	if sum.Candidates != 10 || sum.Kept != 6 || !maps.Equal(sum.Dropped, want) {
		t.Errorf("%+v, want 6 of 10 kept and dropped %v", sum, want)
	}
	var top []string
	for info, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(info.Key, "runs/") {
			top = append(top, info.Key)
		}
		if strings.HasPrefix(info.Key, "runs/") && strings.HasSuffix(info.Key, ".tar") {
			t.Errorf("%s was copied", info.Key)
		}
	}
	if want := []string{"00000.parquet", "00000.tar", "00000_stats.json", "00001.parquet", "00001.tar", "pool.tar"}; !slices.Equal(top, want) {
		t.Errorf("the store has %q, want %q", top, want)
	}
	rows := map[string]schemas.Row{}
	for rec, err := range ledger.Group(t.Context(), s, workerstest.Run, schemas.TaskFetch, schemas.GroupName(0)) {
		if err != nil {
			t.Fatal(err)
		}
		tar := rec.Of(schemas.RoleTar)[0]
		for row, err := range table.Read[schemas.Row](t.Context(), s, rec.Of(schemas.RoleTable)[0].Key) {
			if err != nil {
				t.Fatal(err)
			}
			rows[row.URL] = row
			if row.Kept() {
				standsIn(t, s, tar, row)
			}
		}
	}
	green := rows["https://a.test/green.png"]
	if green.ID != schemas.NewID(green.URL, "a green square").String() || green.Key != "000000001" || green.Width != 48 || green.OriginalHeight != 48 ||
		green.SourceFormat != "jpeg" || green.SHA256 != green.ImageSHA256 || green.Listed != `["uid-000000001"]` {
		t.Errorf("%+v", green)
	}
	if gone := rows["https://a.test/missing.png"]; gone.HTTPStatus != 404 || gone.Key != "000000003" || gone.Detail != "HTTP Error 404: Not Found" {
		t.Errorf("%+v", gone)
	}
	if cut := rows["https://a.test/photo.jpg"]; !strings.Contains(cut.Detail, "00001.tar: member") {
		t.Errorf("behind the cut: %+v", cut)
	}
	if yellow := rows["webdataset:pool.tar/a"]; yellow.Captions[0].Text != "a yellow square" || yellow.SourceFormat != "png" {
		t.Errorf("%+v", yellow)
	}
}

// standsIn wants a row's picture where the row says it is.
func standsIn(t testing.TB, s store.Store, tar schemas.Object, row schemas.Row) {
	t.Helper()
	o, err := s.Open(t.Context(), tar.Key)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	data := make([]byte, row.ImageBytes)
	if _, err := o.ReadAt(data, row.ImageOffset); err != nil || fmt.Sprintf("%x", sha256.Sum256(data)) != row.ImageSHA256 {
		t.Errorf("%s is not at byte %d of %s: %v", row.URL, row.ImageOffset, tar.Key, err)
	}
}

// Adopted shards go all the way to a dataset. A damaged picture costs its row alone.
func TestAdoptedShardsBecomeADataset(t *testing.T) {
	t.Parallel()
	s := adoptable(t, anyURL)
	sum := index(t, s, datasetSpec)
	want := map[schemas.Reason]int64{
		schemas.HTTPGone: 1, schemas.ImageTruncated: 2, schemas.ImageCorrupt: 1, schemas.CaptionEmpty: 2, schemas.DuplicateImage: 1,
	}
	if sum.Candidates != 10 || sum.Rows != 3 || sum.Embedded != 3 || !maps.Equal(sum.Dropped, want) || sum.Quarantined != 0 {
		t.Errorf("%+v, want 3 rows and dropped %v", sum, want)
	}
	var names []string
	o, err := s.Open(t.Context(), "datasets/small/v0001/shards/00000.tar")
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	for sample, err := range webdataset.Read(o, "00000.tar") {
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range sample.Members {
			if m.Ext != "json" && m.Ext != "txt" {
				names = append(names, m.Ext)
			}
		}
	}
	if slices.Sort(names); !slices.Equal(names, []string{"jpg", "jpg", "png"}) {
		t.Errorf("pictures are %q, want them as they were", names)
	}
}

// What lies behind a cut, or is gone, can be asked for again.
func TestAdoptedRowsAreRetried(t *testing.T) {
	t.Parallel()
	site := workerstest.Site(t)
	s := adoptable(t, func(name string) string { return site.URL("a.test", "/"+name) })
	before := index(t, s, indexSpec)
	next := schemas.Generation{Version: schemas.Version, Number: 1, Retry: []schemas.Reason{schemas.HTTPGone, schemas.ImageTruncated}}
	if err := ledger.PutGeneration(t.Context(), s, workerstest.Run, next); err != nil {
		t.Fatal(err)
	}
	after := index(t, s, indexSpec)
	if after.Candidates != before.Candidates || after.Kept != before.Kept+2 || after.Dropped[schemas.ImageTruncated] != 0 || after.Dropped[schemas.HTTPGone] != 1 {
		t.Errorf("%+v, before %+v: want the two pictures behind the cut", after, before)
	}
}

// A fault at any write of an adoption changes nothing, nor does the end of the process.
func TestAdoptionUnderFaults(t *testing.T) {
	t.Parallel()
	for name, spec := range map[string]string{"index": indexSpec, "dataset": datasetSpec, "dataset with a pool": withPool(datasetSpec, "l14")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log writeLog
			inner := poolOver(t, adoptable(t, anyURL))
			index(t, faulty.New(inner, log.note), spec)
			want, err := resultOf(t.Context(), inner)
			if err != nil {
				t.Fatal(err)
			}
			for i, c := range log.classes {
				for j, fault := range []faulty.Fault{faulty.Fail, faulty.Lost} {
					if !chosen(i + j) {
						continue
					}
					s := poolOver(t, adoptable(t, anyURL))
					var met atomic.Bool
					index(t, faulty.New(s, func(op faulty.Op, key string, _ int) faulty.Fault {
						if classOf(op, key) == c && met.CompareAndSwap(false, true) {
							return fault
						}
						return faulty.None
					}), spec)
					got, err := resultOf(t.Context(), s)
					if err != nil || !met.Load() {
						t.Fatalf("%s %s: met %v, %v", fault, c, met.Load(), err)
					}
					same(t, got, want)
				}
			}
		})
	}
}

func TestAdoptRefuses(t *testing.T) {
	t.Parallel()
	err := (workerstest.Pipeline{Store: mem.New(), Spec: []byte(indexSpec)}).Drive(t.Context())
	if !errors.Is(err, workers.ErrStopped) || !strings.Contains(err.Error(), "find tars *.tar: nothing is there") {
		t.Errorf("no tars: %v", err)
	}
	// A damaged table costs its shard, and the others stay.
	s := adoptable(t, anyURL)
	if err := s.Delete(t.Context(), "00000.parquet"); err != nil {
		t.Fatal(err)
	}
	putObject(t, s, "00000.parquet", []byte("PAR1, but the end is missing"))
	sum := index(t, s, indexSpec)
	given := 0
	for q, err := range ledger.Quarantined(t.Context(), s, workerstest.Run) {
		if err != nil || !strings.Contains(q.Error, "table 00000.parquet was cut, although 00000_stats.json") {
			t.Errorf("%v, %v", q, err)
		}
		given++
	}
	if given != 1 || sum.Kept != 3 {
		t.Errorf("%d jobs given up, %d rows kept; want 1 and the 3 of the other shards", given, sum.Kept)
	}
}
