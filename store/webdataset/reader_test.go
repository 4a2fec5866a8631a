package webdataset

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// read collects what a tar yields. samples are written as "key jpg=data txt=data".
func read(t testing.TB, c Config, data []byte) (samples []string, err error) {
	t.Helper()
	for s, e := range c.Read(bytes.NewReader(data), "00000.tar") {
		if err != nil {
			t.Fatal("something follows the error", err)
		}
		if err = e; e != nil {
			continue
		}
		line := s.Key
		for _, m := range s.Members {
			line += fmt.Sprintf(" %s=%s", m.Ext, m.Data)
			if got := data[m.Offset:][:len(m.Data)]; !bytes.Equal(got, m.Data) {
				t.Errorf("%s.%s: at %d stands %.20q", s.Key, m.Ext, m.Offset, got)
			}
		}
		samples = append(samples, line)
	}
	return samples, err
}

// foreign makes a tar with the standard library; a header without a size gets its name as content.
func foreign(t testing.TB, headers ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range headers {
		body := ""
		if h.Typeflag == 0 || h.Typeflag == tar.TypeReg {
			body = "<" + h.Name + ">"
		}
		h.Size = int64(len(body))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, body); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func named(names ...string) (out []tar.Header) {
	for _, n := range names {
		out = append(out, tar.Header{Name: n})
	}
	return out
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	data := write(t, []Member{file("jpg", "one"), file("json", "{}"), file("txt", "")}, []Member{file("jpg", "two"), file("seg.png", "mask")})
	got, err := read(t, Config{}, data)
	if want := []string{"key-a jpg=one json={} txt=", "key-b jpg=two seg.png=mask"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if got, err := read(t, Config{}, write(t)); err != nil || got != nil {
		t.Errorf("empty tar: %q, %v", got, err)
	}
}

func TestGrouping(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("n", 150)
	for _, c := range []struct {
		name    string
		headers []tar.Header
		want    []string
	}{
		{"neighbours only", named("a.jpg", "b.jpg", "a.txt"), []string{"a jpg=<a.jpg>", "b jpg=<b.jpg>", "a txt=<a.txt>"}},
		{"lower case", named("a.JPG", "a.Txt"), []string{"a jpg=<a.JPG> txt=<a.Txt>"}},
		{"a repeated suffix starts a sample", named("a.jpg", "a.txt", "a.JPG", "a.txt"),
			[]string{"a jpg=<a.jpg> txt=<a.txt>", "a jpg=<a.JPG> txt=<a.txt>"}},
		{"first dot of the last element", named("v1.2/a.seg.png", "v1.2/a.jpg"), []string{"v1.2/a seg.png=<v1.2/a.seg.png> jpg=<v1.2/a.jpg>"}},
		{"folders are part of the key", named("x/a.jpg", "y/a.jpg"), []string{"x/a jpg=<x/a.jpg>", "y/a jpg=<y/a.jpg>"}},
		{"no key", named("README", ".hidden.jpg", "d/._a.jpg", "a.b/c"), nil},
		{"kept names", named("__meta__/x.json", "__index__.json__", "__a.jpg"), []string{"__a jpg=<__a.jpg>"}},
		{"skipped ones do not part a sample", named("a.jpg", "LICENSE", "a.txt"), []string{"a jpg=<a.jpg> txt=<a.txt>"}},
		{"hostile paths are names", named("../../a.jpg", "/etc/b.jpg"), []string{"../../a jpg=<../../a.jpg>", "/etc/b jpg=</etc/b.jpg>"}},
		{"empty suffix", named("a."), []string{"a =<a.>"}},
		{"other types", []tar.Header{
			{Name: "d.d/", Typeflag: tar.TypeDir}, {Name: "l.jpg", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"},
			{Name: "h.jpg", Typeflag: tar.TypeLink, Linkname: "a.jpg"}, {Name: "p.jpg", Typeflag: tar.TypeFifo},
			{Name: "c.jpg", Typeflag: tar.TypeChar}, {Name: "a.jpg"},
		}, []string{"a jpg=<a.jpg>"}},
		{"PAX and GNU headers", []tar.Header{
			{Name: "é.jpg", Format: tar.FormatPAX, PAXRecords: map[string]string{"comment": "c"}}, {Name: long + ".jpg", Format: tar.FormatGNU},
		}, []string{"é jpg=<é.jpg>", long + " jpg=<" + long + ".jpg>"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := read(t, Config{}, foreign(t, c.headers...))
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

// Wherever a tar is cut, complete samples come first and the cut is told.
func TestTruncated(t *testing.T) {
	t.Parallel()
	data := write(t, []Member{file("jpg", "one"), file("txt", "1")}, []Member{file("jpg", strings.Repeat("2", 600))})
	whole, _ := read(t, Config{}, data)
	for n := range data {
		if edge := (n + 1) % 512; edge > 2 && n%61 != 0 { // every edge of a block, and places inside
			continue
		}
		got, err := read(t, Config{}, data[:n])
		if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "00000.tar") {
			t.Fatalf("cut at %d: error %v", n, err)
		}
		want := 0
		if n >= 4*512+512+600 { // a sample is known to be complete when a member of the next has been read
			want = 1
		}
		if !slices.Equal(got, whole[:want]) {
			t.Fatalf("cut at %d: %d samples, want %d", n, len(got), want)
		}
	}
}

func TestBadTars(t *testing.T) {
	t.Parallel()
	good := write(t, []Member{file("jpg", "one")}, []Member{file("jpg", "two")}, []Member{file("jpg", "three")})
	flipped := slices.Clone(good)
	flipped[2048+3] ^= 1 // in the third header's name
	latin := header("caf\xe9.jpg", 0)
	old := header("s.jpg", 0)
	copy(old[257:], "ustar  \x00") // GNU's magic
	setType(&old, tar.TypeGNUSparse)
	for _, c := range []struct {
		name string
		data []byte
		good int
		says []string
	}{
		{"damaged header", flipped, 1, []string{"header before byte 2560"}},
		{"no tar", bytes.Repeat([]byte("GIF89a"), 200), 0, []string{"header"}},
		{"name outside UTF-8", append(latin[:], make([]byte, 1024)...), 0, []string{`"caf\xe9.jpg"`, "byte 512", "UTF-8"}},
		{"GNU sparse", append(old[:], make([]byte, 1024)...), 0, []string{"s.jpg", "sparse"}},
		{"PAX sparse", sparseTar(t), 0, []string{"s.jpg", "sparse"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := read(t, Config{}, c.data)
			if len(got) != c.good || err == nil {
				t.Fatalf("got %q, %v, want %d samples and an error", got, err, c.good)
			}
			for _, s := range append(c.says, "read tar 00000.tar") {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("error %q lacks %q", err, s)
				}
			}
		})
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	big := write(t, []Member{file("jpg", "small")}, []Member{file("jpg", strings.Repeat("x", 101)), file("txt", strings.Repeat("y", 100))})
	const headers = 2 * (512 + int64(len("key-b")+len("jpg")))
	for _, c := range []struct {
		Config
		good int
		says string // empty: no error
	}{
		{Config{MaxMember: 101}, 2, ""},
		{Config{MaxMember: 100}, 0, `member "key-b.jpg" at byte 1536`},
		{Config{MaxSample: headers + 201}, 2, ""},
		{Config{MaxSample: headers + 200}, 1, `sample "key-b" with member "txt" at byte 2560`},
	} {
		got, err := read(t, c.Config, big)
		if len(got) != c.good || (err != nil) != (c.says != "") {
			t.Errorf("%+v: %q, %v", c.Config, got, err)
		}
		if c.says != "" && (!errors.Is(err, ErrLimit) || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%+v: error %v, want ErrLimit with %s", c.Config, err, c.says)
		}
	}
}

// A header may claim anything: what it claims is refused before memory is taken for it.
func TestClaimedSize(t *testing.T) {
	t.Parallel()
	h := header("a.jpg", sizeMax)
	if _, err := read(t, Config{}, h[:]); !errors.Is(err, ErrLimit) {
		t.Errorf("error %v", err)
	}
}

func TestReaderErrorsAndShortReads(t *testing.T) {
	t.Parallel()
	data := write(t, []Member{file("jpg", "one")}, []Member{file("jpg", "two")})
	n := 0
	for _, err := range Read(iotest.OneByteReader(iotest.DataErrReader(bytes.NewReader(data))), "slow.tar") {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 2 {
		t.Errorf("%d samples, want 2", n)
	}
	broken := errors.New("connection reset")
	for _, err := range Read(io.MultiReader(bytes.NewReader(data[:700]), iotest.ErrReader(broken)), "remote.tar") {
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), "remote.tar") {
			t.Errorf("error %v", err)
		}
	}
}

func TestStopsWhenAsked(t *testing.T) {
	t.Parallel()
	for s := range Read(bytes.NewReader(write(t, []Member{file("jpg", "one")}, []Member{file("jpg", "two")})), "x.tar") {
		if s.Key != "key-a" {
			t.Errorf("went on to %q", s.Key)
		}
		break
	}
}

// sparseTar is a member in GNU's sparse format 1.0: its content begins with a map of where its pieces belong.
func sparseTar(t testing.TB) []byte {
	t.Helper()
	records := "22 GNU.sparse.major=1\n" + "22 GNU.sparse.minor=0\n" + "25 GNU.sparse.name=s.jpg\n" + "25 GNU.sparse.realsize=8\n"
	content := "1\n0\n4\n"
	pax, body := header("PaxHeaders.0/s.jpg", int64(len(records))), header("s.jpg", 512+4)
	setType(&pax, tar.TypeXHeader)
	var b bytes.Buffer
	b.Write(pax[:])
	b.WriteString(records + strings.Repeat("\x00", int(padding(int64(len(records))))))
	b.Write(body[:])
	b.WriteString(content + strings.Repeat("\x00", 512-len(content)) + "data" + strings.Repeat("\x00", 508+1024))
	return b.Bytes()
}

// setType changes a header's type, and its checksum with it.
func setType(h *[block]byte, typ byte) {
	h[156] = typ
	clear(h[checksum : checksum+8])
	sum := int64(8 * ' ')
	for _, b := range h {
		sum += int64(b)
	}
	octal(h[checksum:checksum+7], sum)
	h[checksum+7] = ' '
}
