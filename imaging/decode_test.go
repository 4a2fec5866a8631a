package imaging

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pairmill/schemas"
)

// TestColours decodes single colours whose RGB on white is known.
func TestColours(t *testing.T) {
	t.Parallel()
	one := image.Rect(0, 0, 1, 1)
	pal := image.NewPaletted(one, color.Palette{color.NRGBA{0, 0, 255, 128}, color.NRGBA{9, 8, 7, 255}})
	for name, c := range map[string]struct {
		data []byte
		want [3]byte
	}{
		"grey":                  {onePixel(image.NewGray(one), color.Gray{77}), [3]byte{77, 77, 77}},
		"grey16 rounds up":      {onePixel(image.NewGray16(one), color.Gray16{0x12ff}), [3]byte{19, 19, 19}},
		"grey16 rounds down":    {onePixel(image.NewGray16(one), color.Gray16{0x1270}), [3]byte{18, 18, 18}},
		"grey16 white":          {onePixel(image.NewGray16(one), color.Gray16{0xffff}), [3]byte{255, 255, 255}},
		"transparent black":     {onePixel(image.NewNRGBA(one), color.NRGBA{0, 0, 0, 0}), [3]byte{255, 255, 255}},
		"half red":              {onePixel(image.NewNRGBA(one), color.NRGBA{255, 0, 0, 128}), [3]byte{255, 127, 127}},
		"rgba16 half green":     {onePixel(image.NewNRGBA64(one), color.NRGBA64{0, 0xffff, 0, 0x8000}), [3]byte{127, 255, 127}},
		"palette half blue":     {onePixel(pal, color.NRGBA{0, 0, 255, 128}), [3]byte{127, 127, 255}},
		"jpeg grey":             {flatJPEG(-1, 77), [3]byte{77, 77, 77}},
		"jpeg ycc white":        {flatJPEG(-1, 255, 128, 128), [3]byte{255, 255, 255}},
		"jpeg rgb":              {flatJPEG(0, 200, 30, 90), [3]byte{200, 30, 90}},
		"jpeg cmyk inverted":    {flatJPEG(0, 255, 128, 0, 128), [3]byte{128, 64, 0}},
		"jpeg cmyk as it is":    {flatJPEG(-1, 0, 127, 255, 127), [3]byte{128, 64, 0}},
		"jpeg ycck grey, black": {flatJPEG(2, 155, 128, 128, 128), [3]byte{50, 50, 50}},
	} {
		p, err := Decode(c.data, Limits{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := &Pixels{W: 1, H: 1, Pix: c.want[:]}
		if got := (&Pixels{W: 1, H: 1, Pix: p.Pix[:3]}); maxDiff(t, got, want) > 1 {
			t.Errorf("%s: %v, want %v", name, got.Pix, want.Pix)
		}
	}
}

// TestEveryFormatShowsTheSamePicture decodes lossless formats exactly, JPEG closely, and GIF within its dithered palette
// of 256 colours.
func TestEveryFormatShowsTheSamePicture(t *testing.T) {
	t.Parallel()
	want := smooth(61, 43)
	for f, tolerance := range map[Format]int{PNG: 0, BMP: 0, TIFF: 0, JPEG: 12, GIF: 96} {
		p, err := Decode(sample(t, f, want), Limits{})
		if err != nil {
			t.Errorf("%s: %v", f, err)
		} else if worst := maxDiff(t, p, want); worst > tolerance {
			t.Errorf("%s: off by %d", f, worst)
		}
	}
}

// TestWebPMatchesLibwebp compares with what Pillow decoded; tools/golden/webp.py made both files.
func TestWebPMatchesLibwebp(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob("testdata/webp_*.webp")
	if len(files) < 6 {
		t.Fatalf("only %d goldens found", len(files))
	}
	for _, file := range files {
		want := mustDecodeFile(t, strings.TrimSuffix(file, ".webp")+".png")
		if worst := maxDiff(t, mustDecodeFile(t, file), want); worst > 1 { // 1: alpha is rounded, not cut
			t.Errorf("%s: off by %d", file, worst)
		}
	}
}

func TestGIFFrameOnScreen(t *testing.T) {
	t.Parallel()
	frame := image.NewPaletted(image.Rect(2, 1, 4, 3), color.Palette{color.Black, color.Transparent})
	frame.SetColorIndex(3, 2, 1)
	var buf bytes.Buffer
	anim := gif.GIF{Image: []*image.Paletted{frame, frame}, Delay: []int{1, 1}, Config: image.Config{Width: 5, Height: 4}}
	if err := gif.EncodeAll(&buf, &anim); err != nil {
		t.Fatal(err)
	}
	p, err := Decode(buf.Bytes(), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var picture strings.Builder
	for i := 0; i < len(p.Pix); i += 3 {
		picture.WriteByte("# "[p.Pix[i]/255])
	}
	if want := "     " + "  ## " + "  #  " + "     "; picture.String() != want {
		t.Errorf("%q, want %q", picture.String(), want)
	}
}

func TestPanicBecomesReason(t *testing.T) {
	t.Parallel()
	_, err := guarded(PNG, func() (*Pixels, error) {
		var none []byte
		return &Pixels{Pix: none[:3]}, nil
	})
	if ReasonOf(err) != schemas.DecoderCrash {
		t.Errorf("%v", err)
	}
}

// TestTruncated cuts every format at every byte: what comes back is a reason, or the whole picture when only a
// trailer was lost. Never a crash, never a grey bottom.
func TestTruncated(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{}
	for _, f := range decodedFormats() {
		files[string(f)] = sample(t, f, noise(27, 19))
	}
	webps, _ := filepath.Glob("testdata/webp_*.webp")
	for _, file := range webps {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		files[file] = data
	}
	files["png with alpha"] = onePixel(image.NewNRGBA(image.Rect(0, 0, 9, 9)), color.NRGBA{1, 2, 3, 4})
	for name, data := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole, err := Decode(data, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			for n := range data {
				p, err := Decode(data[:n], Limits{})
				reason := ReasonOf(err)
				switch {
				case err == nil && !bytes.Equal(p.Pix, whole.Pix):
					t.Errorf("%d of %d bytes give another picture", n, len(data))
				case err != nil && (reason == schemas.Kept || reason == schemas.DecoderCrash):
					t.Errorf("%d of %d bytes: %v", n, len(data), err)
				case n > len(data)*3/4 && n < len(data)*9/10 && name == string(JPEG) && reason != schemas.ImageTruncated:
					t.Errorf("%d of %d bytes: %v, want image_truncated", n, len(data), err)
				}
			}
		})
	}
}

// TestEndMarkerProvesNothing puts an end marker behind half a picture, and foreign bytes behind a whole one.
func TestEndMarkerProvesNothing(t *testing.T) {
	t.Parallel()
	data := sample(t, JPEG, noise(64, 64))
	if _, err := Decode(append(data[:len(data)/2:len(data)/2], 0xff, 0xd9), Limits{}); ReasonOf(err) != schemas.ImageTruncated {
		t.Errorf("half a picture: %v", err)
	}
	if p, err := Decode(append(sample(t, JPEG, noise(64, 64)), "PK\x03\x04 an archive"...), Limits{}); err != nil || p.W != 64 {
		t.Errorf("bytes after the end: %v", err)
	}
}

func TestTIFFLayoutsThatWouldChangeColour(t *testing.T) {
	t.Parallel()
	for tag, v := range map[uint16]map[uint16]uint32{
		tagPlanar:    {tagPlanar: 2, tagSamples: 3},
		tagFillOrder: {tagFillOrder: 2, tagCompression: 1},
	} {
		if err := tiffLayout(tiffDir{values: v}); ReasonOf(err) != schemas.ImageUnsupported {
			t.Errorf("tag %d: %v", tag, err)
		}
	}
	if err := tiffLayout(tiffDir{values: map[uint16]uint32{tagFillOrder: 2, tagCompression: 4}}); err != nil {
		t.Errorf("fax in reversed bits is read rightly: %v", err)
	}
}

func TestPNGEncodesExactly(t *testing.T) {
	t.Parallel()
	want := noise(13, 7)
	data, err := Encode(want, PNG, 0)
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil || maxDiff(t, flatten(img), want) != 0 {
		t.Errorf("%v", err)
	}
	if _, err := Encode(want, BMP, 0); ReasonOf(err) != schemas.ImageEncodeFailed {
		t.Errorf("webp: %v", err)
	}
}
