package imaging

import (
	"bytes"
	"runtime"
	"testing"

	"pairmill/schemas"
)

// TestBombsCostNothing is not parallel: it counts what the whole process allocates.
func TestBombsCostNothing(t *testing.T) {
	const allowed = 1 << 20
	for name, c := range map[string]struct {
		data   []byte
		reason schemas.Reason
	}{
		"png 30000²":       {zeroPNG(30_000, 30_000, 1, 8, 0), schemas.ImageTruncated},
		"png side":         {zeroPNG(20_000, 8, 8, 8, 0), schemas.ImageSideTooLong},
		"png rgba16":       {zeroPNG(10_000, 10_000, 60, 16, 6), schemas.ImageTruncated},
		"png pixels":       {append(zeroPNG(10_000, 10_000, 1, 1, 0), make([]byte, 20_000)...), schemas.ImageTooManyPixels},
		"png short":        {zeroPNG(7_000, 7_000, 1, 8, 2), schemas.ImageTruncated},
		"gif screen":       {manyFrames(65_535, 65_535, 1), schemas.ImageSideTooLong},
		"gif pixels":       {manyFrames(10_000, 10_000, 2), schemas.ImageTooManyPixels},
		"avif pixels":      {avifHead(10_000, 10_000), schemas.ImageTooManyPixels},
		"avif side":        {avifHead(1<<31, 8), schemas.ImageSideTooLong},
		"avif zero":        {avifHead(8, 0), schemas.ImageZeroSize},
		"bmp run":          {bmpRunHead(16_000, 16_000), schemas.ImageTooManyPixels},
		"bmp head":         {bmpHead(10_000, 10_000), schemas.ImageTruncated},
		"bmp top down":     {bmpHead(10_000, -10_000), schemas.ImageTruncated},
		"bmp lowest":       {bmpHead(1, -1<<31), schemas.ImageTruncated},
		"tiff head":        {tiffHead(1<<31, 1<<31), schemas.ImageSideTooLong},
		"tiff pixels":      {tiffHead(10_000, 10_000), schemas.ImageTooManyPixels},
		"jpeg head":        {jpegHead(20_000, 20_000), schemas.ImageSideTooLong},
		"jpeg pixels":      {jpegHead(10_000, 10_000), schemas.ImageTooManyPixels},
		"jpeg many scans":  {manyScans(200), schemas.ImageCorrupt},
		"webp only header": {webpHead(16_000, 16_000), schemas.ImageCorrupt},
		"jpeg zero":        {jpegHead(0, 8), schemas.ImageZeroSize},
		"png zero":         {zeroPNG(0, 8, 1, 8, 0), schemas.ImageZeroSize},
		"gif zero":         {manyFrames(0, 8, 1), schemas.ImageZeroSize},
		"bmp zero":         {bmpHead(8, 0), schemas.ImageZeroSize},
		"tiff zero":        {tiffHead(8, 0), schemas.ImageZeroSize},
	} {
		p, err := New(Config{})
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err = p.Process(c.data)
		runtime.ReadMemStats(&after)
		if ReasonOf(err) != c.reason {
			t.Errorf("%s: %v, want %s", name, err, c.reason)
		}
		if spent := after.TotalAlloc - before.TotalAlloc; spent > allowed {
			t.Errorf("%s: %d bytes spent on a refusal", name, spent)
		}
	}
}

// TestFirstFrameOnly reads one frame of ten thousand, which together would pass any budget.
func TestFirstFrameOnly(t *testing.T) {
	data := manyFrames(60, 50, 10_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	p, err := Decode(data, Limits{})
	runtime.ReadMemStats(&after)
	if err != nil || p.W != 60 || p.H != 50 {
		t.Fatalf("%v, %v", p, err)
	}
	if !bytes.Equal(p.Pix[:6], []byte{255, 0, 0, 255, 255, 255}) {
		t.Errorf("pixels %v: want red, then the white screen", p.Pix[:6])
	}
	if spent := after.TotalAlloc - before.TotalAlloc; spent > 1<<20 {
		t.Errorf("%d bytes spent", spent)
	}
}

func TestLimitsAreInclusive(t *testing.T) {
	t.Parallel()
	data := sample(t, PNG, smooth(30, 20))
	for _, c := range []struct {
		limits Limits
		reason schemas.Reason
	}{
		{Limits{MaxPixels: 600, MaxSide: 30}, schemas.Kept},
		{Limits{MaxPixels: 599}, schemas.ImageTooManyPixels},
		{Limits{MaxSide: 29}, schemas.ImageSideTooLong},
	} {
		if _, err := Decode(data, c.limits); ReasonOf(err) != c.reason {
			t.Errorf("%+v: %v, want %q", c.limits, err, c.reason)
		}
	}
}

// manyScans repeats the scan of a tiny JPEG.
func manyScans(n int) []byte {
	b := flatJPEG(-1, 128)
	at := bytes.Index(b, []byte{0xff, 0xda})
	scan := b[at : len(b)-2]
	return append(append(append([]byte{}, b[:at]...), bytes.Repeat(scan, n)...), 0xff, 0xd9)
}
