package verify_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"
	"testing"

	"pairmill/internal/verify"
	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/mem"
	"pairmill/store/npy/npytest"
	"pairmill/store/table"
	"pairmill/workers/workerstest"
)

// How a run over shards with a pool ends.
var poolEndings = map[string]string{
	"kept":    "embed: {model: ''}\ndeliver: {format: none}",
	"vectors": "embed: {model: 'pool:l14'}\ncurate: {min_similarity: 0.2}",
	"scores":  "embed: {model: 'pool:score'}\ncurate: {min_similarity: 0.2}",
}

// poolOf makes a table and its arrays of the uids that shards carry; every fourth row is of nothing that is there.
func poolOf(t *testing.T, s store.Store, uids []string, deflated bool, stem string) {
	t.Helper()
	var b bytes.Buffer
	w, err := table.NewValues(&b, []schemas.Column{{Name: "uid", Type: schemas.ColumnString}, {Name: "text", Type: schemas.ColumnString},
		{Name: "score", Type: schemas.ColumnDouble}}, table.Config{})
	if err != nil {
		t.Fatal(err)
	}
	var image, text npytest.Array
	for i, uid := range uids {
		if i%4 == 0 {
			image.Rows, text.Rows = append(image.Rows, []float32{1, 0, 0}), append(text.Rows, []float32{0, 1, 0})
			if err := w.Write([]any{"other-" + uid, "", 1.0}); err != nil {
				t.Fatal(err)
			}
		}
		image.Rows, text.Rows = append(image.Rows, []float32{1, float32(i) / 8, 0.25}), append(text.Rows, []float32{0.5, float32(i%5) / 8, 1})
		if err := w.Write([]any{uid, "text", float64(i%10) / 10}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for key, data := range map[string][]byte{
		stem + ".parquet": b.Bytes(), stem + ".npz": npytest.File(t, deflated, map[string]npytest.Array{"l14_img": image, "l14_txt": text}),
	} {
		if _, err := s.Put(t.Context(), key, store.Bytes(data)); err != nil {
			t.Fatal(err)
		}
	}
}

// uidsOf are the uids of delivered shards.
func uidsOf(t *testing.T, s store.Store) (out []string) {
	t.Helper()
	for _, key := range keys(t, s, "0") {
		if path.Ext(key) != ".parquet" {
			continue
		}
		data := read(t, s, key)
		v, err := table.OpenValues(bytes.NewReader(data), int64(len(data)), key)
		if err != nil {
			t.Fatal(err)
		}
		for row, err := range v.Range(t.Context(), 0, v.Rows(), "uid") {
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, row[0].(string))
		}
	}
	return out
}

// pooled returns a run over the shards that another run has delivered, joined with a pool of which the last uids are
// missing.
func pooled(t *testing.T, ending string) store.Store {
	t.Helper()
	from, s := delivered(t, schemas.DeliverWebDataset), mem.New()
	for _, key := range keys(t, from, "0") {
		if _, err := s.Put(t.Context(), key, store.Bytes(read(t, from, key))); err != nil {
			t.Fatal(err)
		}
	}
	uids := uidsOf(t, s)
	poolOf(t, s, uids[:len(uids)/2], false, "metadata/a")
	poolOf(t, s, uids[len(uids)/2:len(uids)-3], true, "metadata/b")
	spec := "version: 1\nname: small\nsource: {shards: {tars: ['*.tar'], pool: ['metadata/*.parquet']}}\nfilter: {min_chars: 0, min_words: 0, min_side: 16}\n" + ending + "\n"
	if err := (workerstest.Pipeline{Store: s, Spec: []byte(spec)}).Drive(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

func runOf(s store.Store) iter.Seq2[verify.Finding, error] {
	return verify.Run(context.Background(), s, workerstest.Run, cfg)
}

func TestPooledShards(t *testing.T) {
	t.Parallel()
	for name, ending := range poolEndings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := pooled(t, ending)
			for _, f := range collect(t, verify.Store(t.Context(), s, cfg)) {
				t.Errorf("%+v", f)
			}
			for _, key := range ofEachKind(keys(t, s, store.Run(workerstest.Run))) {
				if strings.Contains(key, "/columns/") || strings.Contains(key, "/listings/") {
					t.Run(key, func(t *testing.T) { flip(t, s, key, runOf) })
				}
			}
		})
	}
}

// lastOf is the place of one of the last bytes of a zip's member.
func lastOf(t *testing.T, data []byte, name string) int64 {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(z.File, func(f *zip.File) bool { return f.Name == name })
	at, err := z.File[i].DataOffset()
	if err != nil {
		t.Fatal(err)
	}
	return at + int64(z.File[i].CompressedSize64) - 4
}

// A changed pool is blamed itself, wherever the run has taken something from it.
func TestDamagedPool(t *testing.T) {
	t.Parallel()
	s := pooled(t, poolEndings["vectors"])
	for _, key := range []string{"metadata/a.npz", "metadata/b.npz"} {
		data := read(t, s, key)
		for _, array := range []string{"l14_img", "l14_txt"} {
			changed := bytes.Clone(data)
			at := lastOf(t, data, array+".npy")
			changed[at] ^= 1
			found := collect(t, runOf(damage(s, key, changed)))
			if !slices.ContainsFunc(found, func(f verify.Finding) bool {
				return f.Object == key && f.Check == verify.Decode && f.Place == "array "+array
			}) {
				t.Errorf("byte %d of %s: %+v", at, key, found)
			}
			for _, f := range found {
				if f.Object != key {
					t.Errorf("byte %d of %s: blamed %+v", at, key, f)
				}
			}
		}
		if found := collect(t, runOf(damage(s, key, data[:len(data)-1]))); len(found) != 1 || found[0].Object != key || found[0].Check != verify.Size {
			t.Errorf("%s, cut: %+v", key, found)
		}
	}
	// Of a table the run reads uids and numbers: some of its bytes matter and others do not.
	data, noticed := read(t, s, "metadata/a.parquet"), 0
	for at := 0; at < len(data); at += 61 {
		changed := bytes.Clone(data)
		changed[at] ^= 1
		found := collect(t, runOf(damage(s, "metadata/a.parquet", changed)))
		noticed += min(1, len(found))
		for _, f := range found {
			if f.Object != "metadata/a.parquet" {
				t.Errorf("byte %d of a table: blamed %+v", at, f)
			}
		}
	}
	if noticed < 3 {
		t.Errorf("%d changed bytes of a table of %d were noticed", noticed, len(data))
	}
}

// A pool of other rows under the same names is told apart by its size.
func TestReplacedPool(t *testing.T) {
	t.Parallel()
	s := pooled(t, poolEndings["kept"])
	uids := uidsOf(t, s)
	more := mem.New()
	poolOf(t, more, uids, false, "metadata/b")
	for _, ext := range []string{".parquet", ".npz"} {
		content := read(t, more, "metadata/b"+ext)
		s = damage(s, "metadata/b"+ext, content)
	}
	found := collect(t, runOf(s))
	if len(found) == 0 {
		t.Error("another pool was not noticed")
	}
	for _, f := range found {
		if f.Object != "metadata/b.parquet" || f.Check != verify.Size && f.Check != verify.Rows {
			t.Errorf("%+v", f)
		}
	}
}

// Lines that a record leaves out are missed, by looking through the whole pool where the run does not need them.
func TestMissingLines(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"kept": "a line: metadata/", "vectors": "a line in the pool"} {
		s := pooled(t, poolEndings[name])
		var key string
		for _, k := range keys(t, s, store.Run(workerstest.Run)+"commits/fetch/") {
			if strings.Contains(string(read(t, s, k)), `"role":"lines"`) {
				key = k
			}
		}
		changed := record(t, s, key, func(c *schemas.Commit) {
			c.Objects = slices.DeleteFunc(c.Objects, func(o schemas.Object) bool { return o.Role == schemas.RoleLines })
		})
		found := collect(t, runOf(changed))
		if !slices.ContainsFunc(found, func(f verify.Finding) bool {
			return f.Check == verify.State && strings.HasPrefix(fmt.Sprint(f.Want), want) && strings.Contains(f.Object, "/shards/")
		}) {
			t.Errorf("%s: %+v", name, found)
		}
	}
}
