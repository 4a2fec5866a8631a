package verify_test

import (
	"bytes"
	"encoding/json"
	"iter"
	"math"
	"slices"
	"strings"
	"testing"

	"pairmill/internal/verify"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/table"
	"pairmill/workers/workerstest"
)

const (
	dataKey  = version + "data/train-00000-of-00002.parquet"
	tableKey = version + "shards/00000.parquet"
	tarKey   = version + "shards/00000.tar"
)

// rewritten changes the rows of a table.
func rewritten[T any](t *testing.T, s store.Store, key string, cfg table.Config, change func([]T) []T) damaged {
	t.Helper()
	rows, err := table.Collect(table.Read[T](t.Context(), s, key, cfg.Omit...))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w, err := table.NewWriter[T](&b, cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(change(rows)...); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return damage(s, key, b.Bytes())
}

// sample changes the second row of a dataset's first file.
func sample(t *testing.T, s store.Store, change func(*schemas.DatasetRow)) damaged {
	v := table.Vector{Dim: 32, Type: schemas.Float16}
	cfg := table.Config{Vectors: map[string]table.Vector{"image_embedding": v, "text_embedding": v}, Omit: []string{"image"}}
	return rewritten(t, s, dataKey, cfg, func(rows []schemas.DatasetRow) []schemas.DatasetRow {
		change(&rows[1])
		return rows
	})
}

// record changes a commit record, and its seal with it, as a program would that counts wrongly.
func record(t *testing.T, s store.Store, key string, change func(*schemas.Commit)) damaged {
	t.Helper()
	var rec schemas.Commit
	if err := json.Unmarshal(read(t, s, key), &rec); err != nil {
		t.Fatal(err)
	}
	change(&rec)
	check, err := rec.Seal()
	if err != nil {
		t.Fatal(err)
	}
	rec.Check = check
	data, err := json.Marshal(rec)
	if err != nil {
		t.Fatal(err)
	}
	return damage(s, key, data)
}

func TestDamage(t *testing.T) {
	t.Parallel()
	s := finished(t)
	fetch := "runs/test/commits/fetch/g00000/fetch-00000.json"
	curate := "runs/test/commits/curate/all/curate-all.json"
	tests := map[string]struct {
		store store.Store
		want  verify.Finding // what it says is compared; Row is Whole where it does not matter
	}{
		"deleted object":   {damage(s, tarKey, nil), verify.Finding{Object: tarKey, Row: verify.Whole, Check: verify.Missing}},
		"deleted manifest": {damage(s, version+"manifest.json", nil), verify.Finding{Object: version + "manifest.json", Row: verify.Whole, Check: verify.Missing}},
		"truncated tar":    {damage(s, tarKey, read(t, s, tarKey)[:5000]), verify.Finding{Object: tarKey, Row: 1, Check: verify.Decode}},
		"tar without its end": {damage(s, tarKey, bytes.TrimRight(read(t, s, tarKey), "\x00")),
			verify.Finding{Object: tarKey, Row: verify.Whole, Check: verify.Size}},
		"extra row": {rewritten(t, s, tableKey, table.Config{}, func(r []schemas.ShardRow) []schemas.ShardRow { return append(r, r[0]) }),
			verify.Finding{Object: tableKey, Row: verify.Whole, Check: verify.Rows, Want: "2", Got: "3"}},
		"missing row": {rewritten(t, s, tableKey, table.Config{}, func(r []schemas.ShardRow) []schemas.ShardRow { return r[:1] }),
			verify.Finding{Object: tableKey, Row: verify.Whole, Check: verify.Rows, Want: "2", Got: "1"}},
		"another width": {rewritten(t, s, tableKey, table.Config{}, func(r []schemas.ShardRow) []schemas.ShardRow { r[1].Width++; return r }),
			verify.Finding{Object: tableKey, Row: 1, Check: verify.Field, Place: "width"}},
		"vector that is no number": {sample(t, s, func(r *schemas.DatasetRow) { r.TextEmbedding[3] = float32(math.NaN()) }),
			verify.Finding{Object: dataKey, Row: 1, Check: verify.Vector, Place: "text_embedding, value 3"}},
		"vector that is too long": {sample(t, s, func(r *schemas.DatasetRow) { r.ImageEmbedding[0] += 0.5 }),
			verify.Finding{Object: dataKey, Row: 1, Check: verify.Vector, Place: "image_embedding"}},
		"wrong similarity": {sample(t, s, func(r *schemas.DatasetRow) { r.Similarity -= 0.001 }),
			verify.Finding{Object: dataKey, Row: 1, Check: verify.Similarity, Place: "similarity"}},
		"wrong caption": {sample(t, s, func(r *schemas.DatasetRow) { r.Caption += "." }),
			verify.Finding{Object: dataKey, Row: 1, Check: verify.UID, Place: "uid"}},
		"repeated key": {sample(t, s, func(r *schemas.DatasetRow) { r.Key = "000000" }),
			verify.Finding{Object: dataKey, Row: 1, Check: verify.Key, Place: "key"}},
		"key with a dot": {sample(t, s, func(r *schemas.DatasetRow) { r.Key = "0000.1" }),
			verify.Finding{Object: dataKey, Row: 1, Check: verify.Key, Place: "key"}},
		"a count too many": {record(t, s, fetch, func(c *schemas.Commit) { c.Counts.Fetched++ }),
			verify.Finding{Object: fetch, Row: verify.Whole, Check: verify.Counts, Place: "field fetched"}},
		"a ledger that does not add up": {record(t, s, curate, func(c *schemas.Commit) { c.Counts.Rows-- }),
			verify.Finding{Object: curate, Row: verify.Whole, Check: verify.Counts, Place: "field rows"}},
		"a reason of its own": {record(t, s, fetch, func(c *schemas.Commit) { c.Counts.Drop("bad_luck", 1) }),
			verify.Finding{Object: fetch, Row: verify.Whole, Check: verify.Reason, Got: "bad_luck"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			look := verify.Dataset(t.Context(), test.store, version, cfg)
			if strings.HasPrefix(test.want.Object, "runs/") {
				look = verify.Run(t.Context(), test.store, workerstest.Run, cfg)
			}
			found := collect(t, look)
			if !slices.ContainsFunc(found, func(f verify.Finding) bool { return says(f, test.want) }) {
				t.Errorf("want %+v, found %+v", test.want, found)
			}
			for _, f := range found {
				if f.Object != test.want.Object {
					t.Errorf("blamed %+v", f)
				}
			}
		})
	}
}

// says compares what want says.
func says(f, want verify.Finding) bool {
	return f.Object == want.Object && f.Check == want.Check && (want.Row == verify.Whole || f.Row == want.Row) &&
		(want.Place == "" || f.Place == want.Place) && (want.Want == "" || f.Want == want.Want) && (want.Got == "" || f.Got == want.Got)
}

func TestGarbageIsANote(t *testing.T) {
	t.Parallel()
	s := finish(t)
	stray := "runs/test/shards/g00000/00000.0123456789abcdef.tar"
	if _, err := s.Put(t.Context(), stray, store.Bytes([]byte("left behind"))); err != nil {
		t.Fatal(err)
	}
	found := collect(t, verify.Store(t.Context(), s, cfg))
	if len(found) != 1 || found[0].Object != stray || !found[0].Check.Note() {
		t.Errorf("found %+v, want %s as garbage", found, stray)
	}
}

// A version's folder is a store of its own when it was copied somewhere else.
func TestCopiedDataset(t *testing.T) {
	t.Parallel()
	s := below{finished(t), version}
	if found := collect(t, verify.Dataset(t.Context(), s, "", cfg)); len(found) > 0 {
		t.Errorf("found %+v", found)
	}
	key := "shards/00000.tar"
	data := read(t, s, key)
	data[600] ^= 1
	found := collect(t, verify.Dataset(t.Context(), damage(s, key, data), "", cfg))
	if !slices.ContainsFunc(found, func(f verify.Finding) bool { return f.Object == key && f.Row == 0 && f.Check == verify.Image }) {
		t.Errorf("found %+v, want the first image", found)
	}
}

func TestFindingsStop(t *testing.T) {
	t.Parallel()
	s := finished(t)
	d := damaged{s, map[string][]byte{}}
	for _, key := range keys(t, s, version+"shards/") {
		d.objects[key] = []byte("nothing like it")
	}
	n := 0
	for _, err := range verify.Dataset(t.Context(), d, version, cfg) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("%d findings, want 2 and then none", n)
	}
}

func TestEndedContextIsAnError(t *testing.T) {
	t.Parallel()
	s := finished(t)
	ctx, cancel := contextEnded(t)
	defer cancel()
	var failed error
	var seq iter.Seq2[verify.Finding, error] = verify.Store(ctx, s, cfg)
	for f, err := range seq {
		if err == nil {
			t.Errorf("found %+v", f)
		}
		failed = err
	}
	if failed == nil {
		t.Error("no error")
	}
}
