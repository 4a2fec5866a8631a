package main

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"pairmill/imaging"
)

// TestHalfDecode downloads one large JPEG fully decoded and at half size: two pictures of one size, which resemble each other.
func TestHalfDecode(t *testing.T) {
	t.Parallel()
	img := image.NewRGBA(image.Rect(0, 0, 1200, 800))
	for i := range 1200 * 800 {
		x, y := i%1200, i/1200
		img.Set(x, y, color.RGBA{byte(x / 5), byte(x * y >> 12), byte(x ^ y), 255})
	}
	var src bytes.Buffer
	if err := jpeg.Encode(&src, img, nil); err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/a.jpg" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(src.Bytes())
	}))
	defer site.Close()
	list := write(t, "list.txt", site.URL+"/a.jpg\n")
	var made [2][]byte
	for i, more := range [][]string{nil, {"--half_decode", "True"}} {
		out := t.TempDir()
		done(t, downloadArgs(list, out, more...)...)
		for name, data := range entries(t, filepath.Join(out, "00000.tar")) {
			if name == "000000.jpg" {
				made[i] = data
			}
		}
	}
	full, half := pixelsOf(t, made[0]), pixelsOf(t, made[1])
	if full.Bounds() != half.Bounds() {
		t.Fatalf("sizes %v and %v", full.Bounds(), half.Bounds())
	}
	if whole := imaging.Codec == "go"; whole != bytes.Equal(made[0], made[1]) {
		t.Errorf("equal pictures: %v; this build always decodes fully: %v", !whole, whole)
	}
	var off int
	b := full.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			p, q := color.GrayModel.Convert(full.At(x, y)).(color.Gray).Y, color.GrayModel.Convert(half.At(x, y)).(color.Gray).Y
			off += max(int(p)-int(q), int(q)-int(p))
		}
	}
	if mean := float64(off) / float64(b.Dx()*b.Dy()); mean > 8 {
		t.Errorf("they differ by %.1f on average", mean)
	}
}

func pixelsOf(t *testing.T, data []byte) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}
