package imaging

import "testing"

func TestEncodeWebP(t *testing.T) {
	t.Parallel()
	if canEncodeWebP() != nil {
		if _, err := New(Config{Format: WebP}); err == nil {
			t.Error("a build without libwebp accepts WebP")
		}
		if _, err := Encode(noise(3, 3), WebP, 90); err == nil {
			t.Error("a build without libwebp writes WebP")
		}
		return
	}
	src := blobs(90, 70, 3)
	for _, c := range []struct {
		quality int
		mean    float64
	}{{101, 0}, {100, 4}} {
		data, err := Encode(src, WebP, c.quality)
		if err != nil || Sniff(data) != WebP {
			t.Fatal(Sniff(data), err)
		}
		if mean := meanDiff(decodeAs(t, data), src); mean > c.mean {
			t.Errorf("quality %d: off by %.2f in the mean", c.quality, mean)
		}
	}
	p, err := New(Config{Format: WebP})
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Process(sample(t, JPEG, src))
	if err != nil || r.Format != "webp" || Sniff(r.Data) != WebP {
		t.Errorf("%s, %v", r.Format, err)
	}
}

func TestPNGCompression(t *testing.T) {
	t.Parallel()
	src := smooth(200, 100)
	var last int
	for _, quality := range []int{9, 6, -1} {
		data, err := Encode(src, PNG, quality)
		if err != nil {
			t.Fatal(err)
		}
		if maxDiff(t, decodeAs(t, data), src) != 0 {
			t.Errorf("quality %d is not exact", quality)
		}
		if len(data) < last {
			t.Errorf("quality %d: %d bytes, and a better one %d", quality, len(data), last)
		}
		last = len(data)
	}
	if last < 200*100*3 {
		t.Errorf("%d bytes without compression", last)
	}
}

// TestQualityZero takes −1 for img2dataset's 0.
func TestQualityZero(t *testing.T) {
	t.Parallel()
	for _, quality := range []int{-1, 1} {
		p, err := New(Config{Quality: quality})
		if err != nil {
			t.Fatal(err)
		}
		if r, err := p.Process(sample(t, JPEG, blobs(300, 300, 2))); err != nil || len(r.Data) > 4000 {
			t.Errorf("quality %d: %d bytes, %v", quality, len(r.Data), err)
		}
	}
}
