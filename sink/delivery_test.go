package sink

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/faulty"
	"pairmill/store/ledger"
	"pairmill/store/local"
	"pairmill/store/mem"
	"pairmill/store/table"
	"pairmill/store/webdataset"
)

// columns are what the list of these tests carries.
var columns = []schemas.Column{
	{Name: "f", Type: schemas.ColumnDouble}, {Name: "big", Type: schemas.ColumnInt64}, {Name: "l", Type: schemas.ColumnStrings},
	{Name: "caption", Type: schemas.ColumnString}, {Name: "md5", Type: schemas.ColumnString}, {Name: "url", Type: schemas.ColumnString},
}

// style is of a list whose md5 is verified.
func style(ext string) ShardStyle {
	return ShardStyle{Ext: ext, Listed: true, Columns: columns, Caption: true, Hash: "md5", EXIF: true}
}

// rows are one row for each status, and a success without a caption.
func rows() []schemas.Row {
	const listed = `[%s,1152921504606846976,["x","y"],%s,"ABCD","http://a.example/%d.jpg"]`
	kept := schemas.Row{Width: 32, Height: 31, OriginalWidth: 60, OriginalHeight: 40, EXIF: `{"Image Make": "\u00e9"}`, Digest: "abcd", HTTPStatus: 200}
	rows := []schemas.Row{
		kept,
		{Reason: "http_gone", Detail: "status 404", HTTPStatus: 404},
		{Reason: "image_too_small", Detail: "4 × 4 pixels", HTTPStatus: 200, Digest: "ef", OriginalWidth: 4, OriginalHeight: 4},
		kept,
	}
	for i := range rows {
		text, f := fmt.Sprintf(`"caption %d, é"`, i), "0.1"
		if i == 3 {
			text, f = "null", `"NaN"`
		}
		rows[i].ID, rows[i].Key = fmt.Sprintf("%032x", i+1), fmt.Sprintf("%09d", 20000+i)
		rows[i].Listed = fmt.Sprintf(listed, f, text, i)
	}
	return rows
}

// fetched commits a run shard of rows, with observations.
func fetched(t *testing.T, s store.Store, style ShardStyle, rows []schemas.Row) schemas.Commit {
	t.Helper()
	ctx := t.Context()
	tx := ledger.Begin(s, schemas.NewJob("r", schemas.TaskFetch, "g00000", "00002", ""), t.TempDir())
	defer tx.Close()
	shard, err := NewShard(tx, style)
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows {
		if err := shard.Add(&rows[i], fmt.Appendf(nil, "picture %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := shard.Put(ctx, tx, "shards/g00000/00002"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	seen := []schemas.Observation{{StartedMS: 1795463372871, TookMS: 4}, {StartedMS: 1795463372900, TookMS: 2311}, {StartedMS: 1795463373000, TookMS: 1}}
	w, err := table.NewWriter[schemas.Observation](&b, table.Config{})
	if err := errors.Join(err, w.Write(seen...), w.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Put(ctx, "observations/g00000/00002.parquet", store.Bytes(b.Bytes()), schemas.Object{Role: schemas.RoleObservations}); err != nil {
		t.Fatal(err)
	}
	rec, err := tx.Commit(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// deliver runs a delivery and returns what it named and counted.
func deliver(ctx context.Context, t *testing.T, s store.Store, d Delivery, rec schemas.Commit) (*ledger.Tx, error) {
	t.Helper()
	job := rec.Job
	job.Task = schemas.TaskDeliver
	tx := ledger.Begin(s, job, t.TempDir())
	defer tx.Close()
	d.Store = s
	return tx, d.Write(ctx, tx, rec)
}

func delivery(format string) Delivery {
	return Delivery{Deliver: schemas.Deliver{Format: format, Digits: 5}, Style: style("jpg"), Shard: 2}
}

// contents reads all objects outside runs/.
func contents(t *testing.T, s store.Store) map[string]string {
	t.Helper()
	out := map[string]string{}
	for info, err := range s.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(info.Key, "runs/") {
			continue
		}
		b, err := store.ReadAll(t.Context(), s, info.Key, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		out[info.Key] = string(b)
	}
	return out
}

// layouts are the files of each format, as acquisition tools name them.
var layouts = map[string][]string{
	schemas.DeliverWebDataset: {"00002.parquet", "00002.tar", "00002_stats.json"},
	schemas.DeliverParquet:    {"00002.parquet", "00002_stats.json"},
	schemas.DeliverFiles: {
		"00002.parquet", "00002/000020000.jpg", "00002/000020000.json", "00002/000020000.txt",
		"00002/000020003.jpg", "00002/000020003.json", "00002/000020003.txt", "00002_stats.json",
	},
}

const wantStats = `{
    "count": 4,
    "successes": 2,
    "failed_to_download": 1,
    "failed_to_resize": 1,
    "duration": 2.34,
    "start_time": 1795463372.871,
    "end_time": 1795463375.211,
    "status_dict": {
        "success": 2,
        "HTTP Error 404: Not Found": 1,
        "image too small": 1
    }
}`

func TestDeliveryLayouts(t *testing.T) {
	t.Parallel()
	for format, want := range layouts {
		for medium, s := range map[string]store.Store{"mem": mem.New(), "local": openLocal(t)} {
			rec := fetched(t, s, style("jpg"), rows())
			tx, err := deliver(t.Context(), t, s, delivery(format), rec)
			if err != nil {
				t.Fatal(err)
			}
			first := contents(t, s)
			if got := slices.Sorted(maps.Keys(first)); !slices.Equal(got, want) {
				t.Errorf("%s on %s: %q, want %q", format, medium, got, want)
			}
			if got := first["00002_stats.json"]; got != wantStats {
				t.Errorf("%s: stats %s", format, got)
			}
			if tx.Counts().Rows != 2 {
				t.Errorf("%s: counts %+v", format, tx.Counts())
			}
			named(t, tx, first)
			again, err := deliver(t.Context(), t, s, delivery(format), rec)
			if err != nil || !maps.Equal(contents(t, s), first) || !slices.Equal(again.Objects(), tx.Objects()) {
				t.Errorf("%s again: %v", format, err)
			}
		}
	}
}

// named holds what a delivery named against what stands there.
func named(t *testing.T, tx *ledger.Tx, there map[string]string) {
	t.Helper()
	n := 0
	for key := range there {
		if !strings.Contains(key, "/") { // members of a folder have no name of their own
			n++
		}
	}
	for _, o := range tx.Objects() {
		b := store.Bytes([]byte(there[o.Key]))
		if o.Role != schemas.RoleDelivered || o.Size != b.Size() || o.SHA256 != b.SHA256() {
			t.Errorf("named %+v, there are %d bytes", o, b.Size())
		}
	}
	if len(tx.Objects()) != n {
		t.Errorf("named %d objects of %d", len(tx.Objects()), n)
	}
}

func openLocal(t *testing.T) store.Store {
	t.Helper()
	s, err := local.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// Each call fails in turn: the stats are never there before all else is, and another try makes the shard whole.
func TestDeliveryFaults(t *testing.T) {
	t.Parallel()
	for format, want := range layouts {
		for _, fault := range []faulty.Fault{faulty.Fail, faulty.Lost} {
			for n := 1; ; n++ {
				inner := mem.New()
				rec := fetched(t, inner, style("jpg"), rows())
				_, err := deliver(t.Context(), t, faulty.New(inner, faulty.At(n, fault)), delivery(format), rec)
				if err == nil {
					if n <= len(want) {
						t.Errorf("%s: only %d calls", format, n-1)
					}
					break
				}
				if !errors.Is(err, faulty.ErrInjected) {
					t.Fatal(err)
				}
				if got := slices.Sorted(maps.Keys(contents(t, inner))); slices.Contains(got, "00002_stats.json") && !slices.Equal(got, want) {
					t.Errorf("%s, call %d %s: stats beside %q", format, n, fault, got)
				}
				if _, err := deliver(t.Context(), t, inner, delivery(format), rec); err != nil || !slices.Equal(slices.Sorted(maps.Keys(contents(t, inner))), want) {
					t.Errorf("%s, call %d %s: again: %v", format, n, fault, err)
				}
			}
		}
	}
}

func TestDeliveryRefuses(t *testing.T) {
	t.Parallel()
	for format, names := range layouts {
		for _, name := range names {
			s := mem.New()
			rec := fetched(t, s, style("jpg"), rows())
			if _, err := s.Put(t.Context(), name, store.Bytes([]byte("other"))); err != nil {
				t.Fatal(err)
			}
			_, err := deliver(t.Context(), t, s, delivery(format), rec)
			if !errors.Is(err, store.ErrConflict) || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "--incremental_mode") {
				t.Errorf("%s over %s: %v", format, name, err)
			}
		}
	}
	s := mem.New()
	rec := fetched(t, s, style("jpg"), rows())
	if _, err := deliver(t.Context(), t, s, delivery("tfrecord"), rec); err == nil || !strings.Contains(err.Error(), "tfrecord") {
		t.Errorf("unknown format: %v", err)
	}
	rec.Objects = rec.Objects[1:]
	if _, err := deliver(t.Context(), t, s, delivery(schemas.DeliverParquet), rec); err == nil || !strings.Contains(err.Error(), "00002") {
		t.Errorf("no tar: %v", err)
	}
}

// A row that points elsewhere in the tar is an error, not another row's picture.
func TestDeliveryChecksPictures(t *testing.T) {
	t.Parallel()
	s := mem.New()
	rec := fetched(t, s, style("jpg"), rows())
	o, err := s.Open(t.Context(), rec.Of(schemas.RoleTar)[0].Key)
	if err != nil {
		t.Fatal(err)
	}
	good, err := table.Collect(table.Read[schemas.Row](t.Context(), s, rec.Of(schemas.RoleTable)[0].Key))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := pictureAt(o, &good[3]); err != nil || string(b) != "picture 3" {
		t.Errorf("%q, %v", b, err)
	}
	for _, change := range []func(*schemas.Row){
		func(r *schemas.Row) { r.ImageOffset++ },
		func(r *schemas.Row) { r.ImageBytes-- },
		func(r *schemas.Row) { r.ImageBytes = 1 << 40 },
		func(r *schemas.Row) { r.ImageOffset = -1 },
		func(r *schemas.Row) { r.ImageOffset, r.ImageBytes = 1<<63-1, 1<<63-1 },
	} {
		bad := good[3]
		change(&bad)
		if _, err := pictureAt(o, &bad); err == nil {
			t.Errorf("bytes %d, %d: no error", bad.ImageOffset, bad.ImageBytes)
		}
	}
}

// A delivered tar is the run shard's: its members, in their order, are what format files writes.
func TestDeliveredTarAndFilesAgree(t *testing.T) {
	t.Parallel()
	for _, ext := range []string{"jpg", "png", "webp"} {
		tars, files := mem.New(), mem.New()
		d := delivery(schemas.DeliverFiles)
		d.Style = style(ext)
		if _, err := deliver(t.Context(), t, files, d, fetched(t, files, d.Style, rows())); err != nil {
			t.Fatal(err)
		}
		d.Deliver.Format = schemas.DeliverWebDataset
		if _, err := deliver(t.Context(), t, tars, d, fetched(t, tars, d.Style, rows())); err != nil {
			t.Fatal(err)
		}
		want := contents(t, files)
		n := 0
		for sample, err := range webdataset.Read(strings.NewReader(contents(t, tars)["00002.tar"]), "tar") {
			if err != nil {
				t.Fatal(err)
			}
			if !slices.IsSortedFunc(sample.Members, func(a, b webdataset.MemberAt) int { return strings.Compare(a.Ext, b.Ext) }) {
				t.Errorf("%s: members out of order", ext)
			}
			for _, m := range sample.Members {
				n++
				if got, ok := want["00002/"+sample.Key+"."+m.Ext]; !ok || got != string(m.Data) {
					t.Errorf("%s.%s: %q, file %q", sample.Key, m.Ext, m.Data, got)
				}
			}
		}
		if n != 6 || n != len(want)-2 {
			t.Errorf("%s: %d members, %d files", ext, n, len(want))
		}
	}
}
