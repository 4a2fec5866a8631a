package imaging

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pairmill/imaging/icc"
)

// TestProfilesMatchLittleCMS compares with what tools/golden/icc.py had Little CMS make of the same pictures.
func TestProfilesMatchLittleCMS(t *testing.T) {
	t.Parallel()
	for name, note := range map[string]string{
		"srgb": "srgb", "p3": "converted: Display P3", "adobe": "converted: Adobe RGB (1998)", "gamma18": "converted: Gamma 1.8",
		"offset": "converted: Gamma with an offset", "grey18": "converted: Grey 1.8",
	} {
		file := "testdata/icc_" + name + ".png"
		data := readFile(t, file)
		h, err := ReadHeader(data)
		if err != nil {
			t.Fatal(err)
		}
		if got := colourOf(data, h).note; got != note {
			t.Errorf("%s: %q, want %q", name, got, note)
		}
		got, want := mustDecodeFile(t, file), mustDecodeFile(t, strings.TrimSuffix(file, ".png")+".srgb.png")
		if worst := maxDiff(t, got, want); worst > 1 {
			t.Errorf("%s: off by %d", name, worst)
		}
		plain, err := decode(data, h, nil)
		if err != nil {
			t.Fatal(err)
		}
		if moved := maxDiff(t, plain, want); note != "srgb" && moved < 10 {
			t.Errorf("%s: the profile moves nothing (%d): the test shows nothing", name, moved)
		}
	}
}

// TestProfileInEveryContainer puts one profile into each and wants it found.
func TestProfileInEveryContainer(t *testing.T) {
	t.Parallel()
	profile, _ := embeddedProfile(readFile(t, "testdata/icc_p3.png"), Header{Format: PNG})
	if len(profile) < 128 {
		t.Fatal("no profile in the golden file")
	}
	for f, data := range map[Format][]byte{
		JPEG: jpegWithProfile(sample(t, JPEG, smooth(9, 9)), profile, 3),
		WebP: webpWithProfile(sample(t, WebP, nil), profile),
		TIFF: tiffWithProfile(sample(t, TIFF, smooth(9, 9)), profile),
	} {
		h, err := ReadHeader(data)
		if err != nil {
			t.Fatal(f, err)
		}
		if found, _ := embeddedProfile(data, h); !bytes.Equal(found, profile) {
			t.Errorf("%s: %d bytes of %d", f, len(found), len(profile))
		}
		p, err := New(Config{Side: 16})
		if err != nil {
			t.Fatal(err)
		}
		if r, err := p.Process(data); err != nil || r.Profile != "converted: Display P3" {
			t.Errorf("%s: %q, %v", f, r.Profile, err)
		}
	}
}

// TestProfilesThatAreKept wants samples left alone, and a note of why.
func TestProfilesThatAreKept(t *testing.T) {
	t.Parallel()
	profile, _ := embeddedProfile(readFile(t, "testdata/icc_p3.png"), Header{Format: PNG})
	edited := func(edit func(b []byte)) []byte {
		b := bytes.Clone(profile)
		edit(b)
		return b
	}
	colour, grey := sample(t, JPEG, smooth(9, 9)), flatJPEG(-1, 77)
	for name, c := range map[string]struct {
		data []byte
		note string
	}{
		"none":           {colour, ""},
		"noise":          {jpegWithProfile(colour, bytes.Repeat([]byte("x"), 200), 1), "kept: damaged profile"},
		"gap":            {bytes.Replace(jpegWithProfile(colour, profile, 3), []byte("ICC_PROFILE\x00\x02"), []byte("ICC_PROFILE\x00\x01"), 1), "kept: damaged profile"},
		"cut":            {jpegWithProfile(colour, profile[:300], 1), "kept: damaged profile"},
		"cmyk":           {jpegWithProfile(colour, edited(func(b []byte) { copy(b[16:], "CMYK") }), 1), "kept: CMYK profile: Display P3"},
		"lab":            {jpegWithProfile(colour, edited(func(b []byte) { copy(b[20:], "Lab ") }), 1), "kept: profile without colorants in XYZ: Display P3"},
		"table":          {jpegWithProfile(colour, bytes.Replace(profile, []byte("cprt"), []byte("A2B0"), 1), 1), "kept: profile with tables: Display P3"},
		"colour on grey": {jpegWithProfile(grey, profile, 1), "kept: RGB profile on other samples: Display P3"},
		"on cmyk":        {jpegWithProfile(flatJPEG(0, 1, 2, 3, 4), profile, 1), "kept: RGB profile on other samples: Display P3"},
		"gamma":          {pngWith("gAMA", 0, 1, 0x86, 0xa0), "kept: gamma of 1.00000 without profile"},
		"usual gamma":    {pngWith("gAMA", 0, 0, 0xb1, 0x8f), ""},
		"video":          {pngWith("cICP", 9, 16, 0, 1), "kept: H.273 primaries 9, transfer 16"},
		"no deflate":     {pngWith("iCCP", 'x', 0, 0, 1, 2), "kept: damaged profile"},
	} {
		h, err := ReadHeader(c.data)
		if err != nil {
			t.Fatal(name, err)
		}
		if got := colourOf(c.data, h); got.note != c.note || got.to != nil {
			t.Errorf("%s: %q, want %q", name, got.note, c.note)
		}
	}
}

// FuzzProfile feeds damaged profiles: an error or a transform, no panic.
func FuzzProfile(f *testing.F) {
	files, _ := filepath.Glob("testdata/icc_*.png")
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		if profile, _ := embeddedProfile(data, Header{Format: PNG}); profile != nil {
			f.Add(profile)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := icc.Parse(data)
		if err != nil {
			return
		}
		if transform, err := p.Transform(); err == nil {
			transform.Apply([]byte{0, 128, 255})
		}
	})
}

func BenchmarkProfile(b *testing.B) {
	data := readFile(b, "testdata/icc_p3.png")
	c := colourOf(data, Header{Format: PNG})
	p := noise(1600, 1200)
	b.SetBytes(int64(len(p.Pix)))
	for b.Loop() {
		c.apply(p)
	}
}

func BenchmarkColourOf(b *testing.B) {
	data := readFile(b, "testdata/icc_srgb.png")
	for b.Loop() {
		colourOf(data, Header{Format: PNG})
	}
}

func readFile(t testing.TB, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// jpegWithProfile spreads a profile over n APP2 segments, the last one first.
func jpegWithProfile(data, profile []byte, n int) []byte {
	out := bytes.Clone(data[:2])
	size := (len(profile) + n - 1) / n
	parts := slices.Collect(slices.Chunk(profile, size))
	for i := len(parts) - 1; i >= 0; i-- {
		out = append(out, jpegSegment(0xe2, append([]byte{'I', 'C', 'C', '_', 'P', 'R', 'O', 'F', 'I', 'L', 'E', 0, byte(i + 1), byte(n)}, parts[i]...)...)...)
	}
	return append(out, data[2:]...)
}

func webpWithProfile(data, profile []byte) []byte {
	f, _ := parseWebP(data)
	return webpOf(0x20, f.w, f.h, appendChunk(nil, "ICCP", profile), data[12:])
}

// tiffWithProfile copies the first directory to the end with one tag more.
func tiffWithProfile(data, profile []byte) []byte {
	le := binary.LittleEndian
	at := le.Uint32(data[4:])
	n := le.Uint16(data[at:])
	out := append(bytes.Clone(data), profile...)
	le.PutUint32(out[4:], uint32(len(out)))
	out = le.AppendUint16(out, n+1)
	out = append(out, data[at+2:at+2+uint32(n)*12]...)
	out = le.AppendUint16(out, tagProfile)
	out = le.AppendUint16(out, 7)
	out = le.AppendUint32(out, uint32(len(profile)))
	out = le.AppendUint32(out, uint32(len(data)))
	return append(out, 0, 0, 0, 0)
}

// pngWith puts a chunk behind the header of a 1×1 PNG.
func pngWith(id string, body ...byte) []byte {
	b := zeroPNG(1, 1, 1, 8, 2)
	return append(append(bytes.Clone(b[:33]), pngChunk(id, body)...), b[33:]...)
}
