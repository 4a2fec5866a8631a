package shards

import (
	"archive/tar"
	"bytes"
	"fmt"
	"testing"
	"time"

	"pairmill/schemas"
	"pairmill/store"
	"pairmill/store/mem"
	"pairmill/store/table"
	"pairmill/store/webdataset"
)

// put writes an object.
func put(t testing.TB, s store.Store, key string, data []byte) {
	t.Helper()
	if _, err := s.Put(t.Context(), key, store.Bytes(data)); err != nil {
		t.Fatal(err)
	}
}

// member is one file of a tar.
type member struct {
	name string
	data string
}

// pythonTar writes a tar as Python's tarfile does for webdataset: a PAX header with a fraction of a second before each
// member.
func pythonTar(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		h := &tar.Header{
			Name: m.name, Size: int64(len(m.data)), Mode: 0o444, Uname: "bigdata", Gname: "bigdata", Typeflag: tar.TypeReg,
			ModTime: time.Unix(1_700_000_000, 123_456_789), Format: tar.FormatPAX,
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// ourTar writes a tar with store/webdataset.
func ourTar(t testing.TB, members ...member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := webdataset.NewWriter(&b)
	var key string
	var sample []webdataset.Member
	flush := func() {
		if len(sample) == 0 {
			return
		}
		if _, err := w.Write(key, sample...); err != nil {
			t.Fatal(err)
		}
		sample = nil
	}
	for _, m := range members {
		k, ext, _ := cutName(m.name)
		if k != key {
			flush()
		}
		key, sample = k, append(sample, webdataset.Member{Ext: ext, Data: []byte(m.data)})
	}
	flush()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func cutName(name string) (key, ext string, ok bool) {
	b, a, ok := bytes.Cut([]byte(name), []byte("."))
	return string(b), string(a), ok
}

// img2dataset's columns of a list with a further column uid.
var columns = []schemas.Column{
	{Name: "uid", Type: schemas.ColumnString}, {Name: "score", Type: schemas.ColumnDouble},
	{Name: "caption", Type: schemas.ColumnString}, {Name: "url", Type: schemas.ColumnString},
	{Name: "key", Type: schemas.ColumnString}, {Name: "status", Type: schemas.ColumnString}, {Name: "error_message", Type: schemas.ColumnString},
	{Name: "width", Type: schemas.ColumnInt32}, {Name: "height", Type: schemas.ColumnInt32},
	{Name: "original_width", Type: schemas.ColumnInt32}, {Name: "original_height", Type: schemas.ColumnInt32},
	{Name: "exif", Type: schemas.ColumnString}, {Name: "sha256", Type: schemas.ColumnString},
}

const fetchedHash = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

// success is a row of a table whose picture came.
func success(i int) []any {
	return []any{fmt.Sprintf("uid-%d", i), float64(i) / 2, fmt.Sprintf("caption %d", i), fmt.Sprintf("https://a.test/%d.jpg", i), sampleKey(i),
		"success", nil, int32(256), int32(128), int32(1024), int32(512), "{}", fetchedHash}
}

// failure is a row of a table whose picture did not.
func failure(i int, message string) []any {
	return []any{fmt.Sprintf("uid-%d", i), nil, fmt.Sprintf("caption %d", i), fmt.Sprintf("https://a.test/%d.jpg", i), sampleKey(i),
		"failed_to_download", message, nil, nil, nil, nil, nil, nil}
}

func sampleKey(i int) string { return fmt.Sprintf("%09d", i) }

func sample(i int) []member {
	key := sampleKey(i)
	return []member{{key + ".jpg", fmt.Sprintf("picture %d", i)}, {key + ".json", fmt.Sprintf(
		`{"uid": "uid-%d", "caption": "caption %d", "url": "https://a.test/%d.jpg", "key": "%s", "status": "success", "sha256": "%s"}`,
		i, i, i, key, fetchedHash)}, {key + ".txt", fmt.Sprintf("caption %d", i)}}
}

func samples(n ...int) (out []member) {
	for _, i := range n {
		out = append(out, sample(i)...)
	}
	return out
}

// tableOf writes a table.
func tableOf(t testing.TB, columns []schemas.Column, rows ...[]any) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := table.NewValues(&b, columns, table.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// one finds the only shard of a store and reads it; pictures are its pictures by key.
func one(t testing.TB, s *mem.Store) (Shard, Result, map[string]string, error) {
	t.Helper()
	found, err := Find(t.Context(), s, []string{"*.tar"})
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	cols, err := Columns(t.Context(), s, found)
	if err != nil {
		t.Fatal(err)
	}
	o, err := s.Open(t.Context(), found[0].Tar)
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	pictures := map[string]string{}
	got, err := Read(t.Context(), s, found[0], cols, func(r *Row, p Picture) error {
		there := make([]byte, len(p.Data))
		if _, err := o.ReadAt(there, p.Offset); err != nil || !bytes.Equal(there, p.Data) {
			t.Errorf("%s: at its offset stands %q, %v", r.Key, there, err)
		}
		pictures[r.Key] = string(p.Data)
		return nil
	})
	return found[0], got, pictures, err
}
