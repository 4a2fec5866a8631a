package webdataset

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func file(ext, data string) Member { return Member{Ext: ext, Data: []byte(data)} }

// write makes a tar of samples.
func write(t testing.TB, samples ...[]Member) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b)
	for i, s := range samples {
		if _, err := w.Write("key-"+string(rune('a'+i)), s...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestGoldenBytes(t *testing.T) {
	t.Parallel()
	got := write(t, []Member{file("jpg", "pixels"), file("txt", "")}, []Member{file("jpg", strings.Repeat("x", 512))})
	if want := 512*(2+1+2) + 1024; len(got) != want {
		t.Fatalf("tar has %d bytes, want %d", len(got), want)
	}
	var want [512]byte
	copy(want[0:], "key-a.jpg")
	copy(want[100:], "0000444\x00"+"0000000\x00"+"0000000\x00"+"00000000006\x00"+"00000000000\x00")
	copy(want[148:], "010707\x00 0")
	copy(want[257:], "ustar\x0000")
	copy(want[329:], "0000000\x00"+"0000000\x00")
	if !bytes.Equal(got[:512], want[:]) {
		t.Errorf("first header\n%q, want\n%q", got[:512], want)
	}
	const golden = "27a82116a20564301b3a7f5de082700c9b402fc9910cb83c56aeace694c63cab"
	if sum := sha256.Sum256(got); hex.EncodeToString(sum[:]) != golden {
		t.Errorf("tar hashes to %x, want %s: stored shards would change their names", sum, golden)
	}
}

// The standard library's ustar is the other witness for every byte of it.
func TestSameAsArchiveTar(t *testing.T) {
	t.Parallel()
	var ours, theirs bytes.Buffer
	w, tw := NewWriter(&ours), tar.NewWriter(&theirs)
	for i, size := range []int{0, 1, 511, 512, 513, 1 << 17} {
		key, data := strings.Repeat("k", 96-i), bytes.Repeat([]byte{7}, size)
		if _, err := w.Write(key, Member{"jpg", data}); err != nil {
			t.Fatal(err)
		}
		h := &tar.Header{Name: key + ".jpg", Mode: 0o444, Size: int64(size), Typeflag: tar.TypeReg, ModTime: time.Unix(0, 0), Format: tar.FormatUSTAR}
		if err := tw.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), tw.Close()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(ours.Bytes(), theirs.Bytes()) {
		t.Error("bytes differ from archive/tar's")
	}
}

func TestOffsets(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := NewWriter(&b)
	type placed struct {
		at   int64
		data []byte
	}
	var all []placed
	for _, key := range []string{"a", "b", "ключ"} {
		members := []Member{file("jpg", strings.Repeat(key, 700)), file("json", "{}"), file("txt", "")}
		offsets, err := w.Write(key, members...)
		if err != nil || len(offsets) != len(members) {
			t.Fatal(offsets, err)
		}
		for i, m := range members {
			all = append(all, placed{offsets[i], m.Data})
		}
	}
	for _, p := range all {
		if got := b.Bytes()[p.at:][:len(p.data)]; !bytes.Equal(got, p.data) {
			t.Errorf("at %d stands %.20q, want %.20q", p.at, got, p.data)
		}
	}
}

func TestReadableByArchiveTar(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := NewWriter(&b)
	_, err := w.Write("日本語", file("jpg", "pixels"), file("seg.png", "mask"))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	var names []string
	for r := tar.NewReader(&b); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
		if len(h.PAXRecords) > 0 || h.Uname+h.Gname != "" || h.Uid+h.Gid != 0 || h.Mode != 0o444 || !h.ModTime.Equal(time.Unix(0, 0)) {
			t.Errorf("header %+v", h)
		}
	}
	if want := []string{"日本語.jpg", "日本語.seg.png"}; !slices.Equal(names, want) {
		t.Errorf("names %q, want %q", names, want)
	}
}

func TestRefusedSamples(t *testing.T) {
	t.Parallel()
	jpg := file("jpg", "x")
	for _, c := range []struct {
		key     string
		members []Member
		says    string
	}{
		{"", []Member{jpg}, "empty"},
		{"a.b", []Member{jpg}, "dot"},
		{"..", []Member{jpg}, "dot"},
		{"../../etc/passwd", []Member{jpg}, "dot or a slash"},
		{"/abs", []Member{jpg}, "slash"},
		{`a\b`, []Member{jpg}, "slash"},
		{"a\x00b", []Member{jpg}, "control"},
		{"a\nb", []Member{jpg}, "control"},
		{"a\xff", []Member{jpg}, "UTF-8"},
		{"__meta", []Member{jpg}, "__"},
		{strings.Repeat("k", 97), []Member{jpg}, "101 bytes"},
		{strings.Repeat("é", 49), []Member{jpg}, "102 bytes"},
		{"before", []Member{jpg}, "same key"},
		{"a", nil, "no members"},
		{"a", []Member{jpg, jpg}, "twice"},
		{"a", []Member{file("", "x")}, "extension"},
		{"a", []Member{file(".jpg", "x")}, "extension"},
		{"a", []Member{file("jpg.", "x")}, "extension"},
		{"a", []Member{file("JPG", "x")}, "extension"},
		{"a", []Member{jpg, file("a/b", "x")}, "extension"},
		{"a", []Member{file("__key__", "x")}, "extension"},
	} {
		var b bytes.Buffer
		w := NewWriter(&b)
		if _, err := w.Write("before", jpg); err != nil {
			t.Fatal(err)
		}
		size := b.Len()
		_, err := w.Write(c.key, c.members...)
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), strconv.Quote(c.key)) {
			t.Errorf("%.20q, %d members: error %v, want one with %q and the key", c.key, len(c.members), err, c.says)
		}
		if b.Len() != size {
			t.Errorf("%.20q: left %d bytes in the tar", c.key, b.Len()-size)
		}
		if _, err := w.Write("after", jpg); err != nil {
			t.Errorf("%.20q: the Writer does not go on: %v", c.key, err)
		}
	}
}

// full takes room bytes, then fails.
type full struct{ room int }

var errFull = errors.New("no space left")

func (f *full) Write(p []byte) (int, error) {
	n := min(len(p), f.room)
	f.room -= n
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

func TestBrokenTarStaysBroken(t *testing.T) {
	t.Parallel()
	for room := 0; room < 512+512+1024; room += 73 {
		f := &full{room: room}
		w := NewWriter(f)
		_, err := w.Write("first", file("jpg", "x"))
		if err == nil {
			err = w.Close()
		} else if !strings.Contains(err.Error(), "first.jpg") {
			t.Errorf("room %d: error %v does not name the member", room, err)
		}
		if !errors.Is(err, errFull) {
			t.Fatalf("room %d: error %v", room, err)
		}
		f.room = 1 << 20 // room again does not mend what is missing
		if _, err := w.Write("second", file("jpg", "x")); !errors.Is(err, errFull) {
			t.Fatalf("room %d: write after the failure: %v", room, err)
		}
		if err := w.Close(); !errors.Is(err, errFull) {
			t.Fatalf("room %d: close after the failure: %v", room, err)
		}
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := NewWriter(&b)
	if err := errors.Join(w.Close(), w.Close()); err != nil || b.Len() != 1024 {
		t.Errorf("closed twice: %v, %d bytes", err, b.Len())
	}
	if _, err := w.Write("late", file("jpg", "x")); !errors.Is(err, errClosed) {
		t.Errorf("write after close: %v", err)
	}
}
