package webdataset

import (
	"archive/tar"
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzRead promises that whatever a tar holds, what comes out keeps the Reader's word: contents are where Offset says,
// limits hold, keys are text, and no sample has an extension twice.
func FuzzRead(f *testing.F) {
	f.Add(write(f, []Member{file("jpg", "one"), file("txt", "1")}, []Member{file("jpg", strings.Repeat("2", 600))}))
	f.Add(foreign(f, named("a.jpg", "a.JPG", "d/._x.jpg", "__m__/a.json", "../a.b.c")...))
	f.Add(foreign(f, tar.Header{Name: strings.Repeat("n", 150) + ".jpg", Format: tar.FormatGNU}, tar.Header{Name: "é.jpg", Format: tar.FormatPAX}))
	f.Add(sparseTar(f))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		c := Config{MaxMember: 1 << 12, MaxSample: 1 << 13}
		after := int64(0)
		for s, err := range c.Read(bytes.NewReader(data), "fuzz.tar") {
			if err != nil {
				if !strings.Contains(err.Error(), "fuzz.tar") {
					t.Errorf("error %v does not name the tar", err)
				}
				continue
			}
			if s.Key == "" || !utf8.ValidString(s.Key) || len(s.Members) == 0 {
				t.Errorf("sample %q with %d members", s.Key, len(s.Members))
			}
			size, seen := int64(0), map[string]bool{}
			for _, m := range s.Members {
				if m.Offset < after+512 || !bytes.Equal(data[m.Offset:][:len(m.Data)], m.Data) {
					t.Errorf("%q.%q is not at %d", s.Key, m.Ext, m.Offset)
				}
				if seen[m.Ext] || int64(len(m.Data)) > c.MaxMember {
					t.Errorf("%q.%q came twice or has %d bytes", s.Key, m.Ext, len(m.Data))
				}
				after, seen[m.Ext] = m.Offset+int64(len(m.Data)), true
				size += int64(len(m.Data))
			}
			if size > c.MaxSample {
				t.Errorf("sample %q has %d bytes", s.Key, size)
			}
		}
	})
}

// FuzzWrite promises that a sample is either refused or read back as it was.
func FuzzWrite(f *testing.F) {
	for _, s := range [][2]string{{"00017", "jpg"}, {"a.b", "jpg"}, {"../x", "jpg"}, {"é", "seg.png"}, {"a\x00", "TXT"}, {"__k", "__key__"}} {
		f.Add(s[0], s[1], []byte("data"))
	}
	f.Fuzz(func(t *testing.T, key, ext string, data []byte) {
		var b bytes.Buffer
		w := NewWriter(&b)
		offsets, refused := w.Write(key, Member{ext, data})
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		n := 0
		for s, err := range Read(&b, "fuzz.tar") {
			if err != nil || refused != nil {
				t.Fatal(s.Key, err, refused)
			}
			if n++; s.Key != key || len(s.Members) != 1 || s.Members[0].Ext != ext || !bytes.Equal(s.Members[0].Data, data) || s.Members[0].Offset != offsets[0] {
				t.Errorf("wrote %q.%q at %d, read %+v", key, ext, offsets, s)
			}
		}
		if refused == nil && n != 1 {
			t.Errorf("wrote %q.%q, read %d samples", key, ext, n)
		}
	})
}
