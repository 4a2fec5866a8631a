package imaging

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"pairmill/schemas"
)

// TestAVIFMatchesLibavif compares with what Pillow decoded; tools/golden/avif.py made both files.
func TestAVIFMatchesLibavif(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("testdata/avif_*.avif")
	if len(files) < 15 {
		t.Fatalf("only %d goldens found", len(files))
	}
	for _, file := range files {
		data := readFile(t, file)
		h, err := ReadHeader(data)
		if err != nil {
			t.Fatal(file, err)
		}
		got, err := decode(data, h, nil)
		if err != nil {
			t.Fatal(file, err)
		}
		tolerance := 2
		if h.perPixel == 27 { // chroma at half width is interpolated by us
			tolerance = 4
		}
		want := mustDecodeFile(t, strings.TrimSuffix(file, ".avif")+".png")
		if worst := maxDiff(t, got.upright(h.Orientation, nil), want); worst > tolerance {
			t.Errorf("%s: off by %d", file, worst)
		}
	}
}

func TestAVIFHeader(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]Header{
		"420":      {Width: 61, Height: 43, Frames: 1, Orientation: 1},
		"animated": {Width: 61, Height: 43, Frames: 3, Orientation: 1, Animated: true},
		"turned5":  {Width: 61, Height: 43, Frames: 1, Orientation: 5},
		"turned8":  {Width: 61, Height: 43, Frames: 1, Orientation: 8},
		"grey":     {Width: 61, Height: 43, Frames: 1, Orientation: 1, grey: true},
	} {
		got, err := ReadHeader(readFile(t, "testdata/avif_"+name+".avif"))
		want.Format, want.perPixel, want.beside, want.collected = AVIF, got.perPixel, got.beside, true
		if err != nil || got != want {
			t.Errorf("%s: %+v, want %+v, %v", name, got, want, err)
		}
	}
	data := readFile(t, "testdata/avif_p3.avif")
	if note := colourOf(data, Header{Format: AVIF}).note; note != "converted: Display P3" {
		t.Errorf("profile: %q", note)
	}
	video := bytes.Replace(readFile(t, "testdata/avif_444.avif"), []byte("nclx\x00\x01\x00\x0d"), []byte("nclx\x00\x09\x00\x10"), 1)
	if note := colourOf(video, Header{Format: AVIF}).note; note != "kept: H.273 primaries 9, transfer 16" {
		t.Errorf("video colours: %q", note)
	}
}

// TestAVIFMemoryIsBounded lets a file say that it is smaller than it is: the decoder does not get what it then wants.
func TestAVIFMemoryIsBounded(t *testing.T) {
	t.Parallel()
	data := readFile(t, "testdata/large.avif")
	size := []byte("ispe\x00\x00\x00\x00\x00\x00\x10\x00\x00\x00\x10\x00")
	lie := bytes.Replace(data, size, []byte("ispe\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00\x00\x10"), 1)
	if bytes.Equal(lie, data) {
		t.Fatal("no ispe to change")
	}
	if h, err := ReadHeader(lie); err != nil || h.Width != 16 {
		t.Fatalf("%+v, %v", h, err)
	}
	if _, err := Decode(lie, Limits{}); ReasonOf(err) != schemas.ImageCorrupt || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v", err)
	}
	m := &memory{make([]byte, 0, 100)}
	if b := m.Reallocate(100); len(b) != 100 {
		t.Errorf("%d bytes", len(b))
	}
	if m.Reallocate(101) != nil {
		t.Error("the 101st byte was given")
	}
}

func TestAVIFPastItsMemory(t *testing.T) {
	t.Parallel()
	_, err := Decode(avifHead(8_000, 6_000), Limits{})
	if ReasonOf(err) != schemas.ImageTooManyPixels {
		t.Errorf("%v", err)
	}
}

// BenchmarkAVIF is one small picture, start of its instance included.
func BenchmarkAVIF(b *testing.B) {
	data := readFile(b, "testdata/avif_420.avif")
	for b.Loop() {
		if _, err := Decode(data, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
}
