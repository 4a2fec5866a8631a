package imaging

import (
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"os"
	"strings"
	"testing"

	"pairmill/schemas"
)

// small keeps fuzzing quick.
func small() Limits { return Limits{MaxPixels: 1 << 16, MaxSide: 1 << 12} }

func FuzzHeader(f *testing.F) {
	for _, format := range decodedFormats() {
		f.Add(sample(f, format, smooth(9, 7)))
	}
	f.Add(jpegWithExif(flatJPEG(2, 1, 2, 3, 4), 5))
	f.Add(manyFrames(5, 5, 3))
	f.Add([]byte("\x00\x00\x00\x1cftypavif\x00\x00\x00\x00mif1miaf"))
	f.Add([]byte("<svg>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := ReadHeader(data)
		if err != nil {
			wantTyped(t, err)
			return
		}
		if h.Width <= 0 || h.Height <= 0 || h.Frames < 1 || h.Orientation < 1 || h.Orientation > 8 || h.perPixel < 3 || h.Pixels() < 1 {
			t.Fatalf("%+v", h)
		}
	})
}

func FuzzDecodeJPEG(f *testing.F) {
	f.Add(sample(f, JPEG, smooth(19, 17)))
	f.Add(flatJPEG(0, 255, 128, 0, 128))
	f.Add(flatJPEG(2, 155, 128, 128, 128))
	f.Add(jpegWithExif(flatJPEG(-1, 77), 6))
	fuzzDecode(f)
}

func FuzzDecodePNG(f *testing.F) {
	f.Add(sample(f, PNG, smooth(19, 17)))
	f.Add(zeroPNG(5, 5, 5, 16, 6))
	f.Add(onePixel(image.NewNRGBA(image.Rect(0, 0, 3, 3)), color.NRGBA{1, 2, 3, 4}))
	fuzzDecode(f)
}

func FuzzDecodeGIF(f *testing.F) {
	f.Add(sample(f, GIF, smooth(19, 17)))
	f.Add(manyFrames(4, 4, 2))
	fuzzDecode(f)
}

func FuzzDecodeWebP(f *testing.F) {
	for _, name := range []string{"lossy", "lossless", "lossy_alpha", "lossless_alpha", "animated", "turned"} {
		data, err := os.ReadFile("testdata/webp_" + name + ".webp")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	fuzzDecode(f)
}

func FuzzDecodeBMP(f *testing.F) {
	f.Add(sample(f, BMP, smooth(19, 17)))
	f.Add(bmpHead(2, -2))
	for _, data := range craftedBMPs() {
		f.Add(data)
	}
	fuzzDecode(f)
}

// FuzzDecodeAVIF is slow: each picture starts the module anew.
func FuzzDecodeAVIF(f *testing.F) {
	for _, name := range []string{"420", "alpha", "animated", "turned5", "p3"} {
		f.Add(readFile(f, "testdata/avif_"+name+".avif"))
	}
	f.Add(avifHead(4, 4))
	fuzzDecode(f)
}

// FuzzProfileInContainer looks for profiles in damaged containers of every format.
func FuzzProfileInContainer(f *testing.F) {
	profile, _ := embeddedProfile(readFile(f, "testdata/icc_p3.png"), Header{Format: PNG})
	f.Add(readFile(f, "testdata/icc_p3.png"))
	f.Add(readFile(f, "testdata/avif_p3.avif"))
	f.Add(jpegWithProfile(flatJPEG(-1, 77, 77, 77), profile, 3))
	f.Add(webpWithProfile(sample(f, WebP, nil), profile))
	f.Add(tiffWithProfile(sample(f, TIFF, smooth(3, 3)), profile))
	f.Fuzz(func(t *testing.T, data []byte) {
		if h, err := ReadHeader(data); err == nil {
			colourOf(data, h).apply(smooth(3, 3))
		}
	})
}

func FuzzExifOrientation(f *testing.F) {
	f.Add(exifBlock(binary.BigEndian, 6))
	f.Add(append([]byte("Exif\x00\x00"), exifBlock(binary.LittleEndian, 8)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		if v := exifOrientation(data); v < 1 || v > 8 {
			t.Fatalf("orientation %d", v)
		}
	})
}

func FuzzDecodeTIFF(f *testing.F) {
	f.Add(sample(f, TIFF, smooth(19, 17)))
	f.Add(tiffHead(4, 4))
	fuzzDecode(f)
}

// FuzzKeptSize takes the ways on which luma and chroma pass as they are. What they refuse may differ from what Decode does:
// both must have a reason.
func FuzzKeptSize(f *testing.F) {
	f.Add(sample(f, JPEG, smooth(40, 35)))
	f.Add(jpegWithExif(sample(f, JPEG, smooth(33, 50)), 6))
	for _, name := range []string{"444", "422.progressive", "420"} {
		for _, file := range goPictures(f) {
			if strings.HasSuffix(file, name+".jpeg") {
				f.Add(readFile(f, file))
			}
		}
	}
	if data, err := Encode(smooth(40, 35), WebP, 60); err == nil {
		f.Add(data)
	}
	p, err := New(Config{Mode: NoResize, MaxPixels: small().MaxPixels, MaxSide: small().MaxSide})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := p.Process(data)
		if err != nil {
			wantTyped(t, err)
			return
		}
		if h, err := ReadHeader(r.Data); err != nil || h.Format != JPEG || h.Width != r.OriginalWidth || h.Height != r.OriginalHeight {
			t.Fatalf("%d×%d became %+v, %v", r.OriginalWidth, r.OriginalHeight, h, err)
		}
	})
}

// fuzzDecode wants the picture that the header promised, or a reason. A crash is caught by Decode, and still a find.
func fuzzDecode(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Decode(data, small())
		if err != nil {
			wantTyped(t, err)
			return
		}
		h, err := ReadHeader(data)
		if err != nil {
			t.Fatal(err)
		}
		if w, ht := h.Upright(); p.W != w || p.H != ht || len(p.Pix) != w*ht*3 {
			t.Fatalf("%d×%d in %d bytes, header %+v", p.W, p.H, len(p.Pix), h)
		}
	})
}

func wantTyped(t *testing.T, err error) {
	t.Helper()
	var typed *Error
	if !errors.As(err, &typed) || typed.Reason == schemas.Kept || !typed.Reason.Valid() || typed.Reason == schemas.DecoderCrash {
		t.Fatalf("%v", err)
	}
}
