//go:build turbojpeg && webp && cgo

package imaging

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"testing"
)

// TestKeptWebPIsNoWorse holds for WebP what TestKeptSizeIsNoWorse does for JPEG.
func TestKeptWebPIsNoWorse(t *testing.T) {
	t.Parallel()
	for _, side := range [][2]int{{301, 203}, {32, 32}, {33, 47}, {64, 64}, {960, 40}, {45, 960}, {255, 254}} {
		src, err := Encode(blobs(side[0], side[1], 4), WebP, 90)
		if err != nil {
			t.Fatal(err)
		}
		h, err := ReadHeader(src)
		if err != nil {
			t.Fatal(err)
		}
		p := mustNew(t, Config{Mode: NoResize})
		o := p.cfg.order(NoResize.plan(h.Width, h.Height, 256, false), nil)
		if _, ok := rewrites(src, h, o); !ok {
			t.Errorf("%v goes by way of RGB", side)
		}
		r, err := p.Process(src)
		if err != nil {
			t.Fatal(err)
		}
		data, hash, err := (&inSteps{src, h, o}).make(nil)
		if err != nil {
			t.Fatal(err)
		}
		want := decodeAs(t, src)
		if ours, steps := psnr(decodeAs(t, r.Data), want), psnr(decodeAs(t, data), want); ours < steps-0.1 {
			t.Errorf("%v: %.2f dB, and %.2f by way of RGB", side, ours, steps)
		}
		if n := bits.OnesCount64(hash ^ r.PHash); n > 4 {
			t.Errorf("%v: hashes differ by %d", side, n)
		}
	}
}

// TestWhichWebPIsRewritten wants every other WebP, and every other order, to go by way of RGB.
func TestWhichWebPIsRewritten(t *testing.T) {
	t.Parallel()
	encoded := func(w, h, quality int) []byte {
		data, err := Encode(blobs(w, h, 4), WebP, quality)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	plain := encoded(70, 50, 80)
	profile, _ := embeddedProfile(readFile(t, "testdata/icc_p3.png"), Header{Format: PNG})
	for name, c := range map[string]struct {
		data  []byte
		cfg   Config
		boxes []Box
		want  bool
	}{
		"plain":          {plain, Config{Mode: NoResize}, nil, true},
		"only if bigger": {plain, Config{OnlyIfBigger: true}, nil, true},
		"scaled":         {plain, Config{}, nil, false},
		"cut":            {plain, Config{Mode: CenterCrop, Side: 50}, nil, false},
		"blurred":        {plain, Config{Mode: NoResize}, []Box{{0, 0, 1, 1}}, false},
		"to png":         {plain, Config{Mode: NoResize, Format: PNG}, nil, false},
		"small":          {encoded(31, 50, 80), Config{Mode: NoResize}, nil, false},
		"large":          {encoded(961, 50, 80), Config{Mode: NoResize}, nil, false},
		"made lossless":  {encoded(70, 50, 101), Config{Mode: NoResize}, nil, false},
		"with a profile": {webpWithProfile(plain, profile), Config{Mode: NoResize}, nil, false},
		"extended":       {webpOf(0, 70, 50, plain[12:]), Config{Mode: NoResize}, nil, true},
		"alpha":          {webpOf(0x10, 70, 50, appendChunk(nil, "ALPH", make([]byte, 1+70*50)), plain[12:]), Config{Mode: NoResize}, nil, false},
		"turned":         {webpOf(8, 70, 50, plain[12:], appendChunk(nil, "EXIF", exifBlock(binary.BigEndian, 6))), Config{Mode: NoResize}, nil, false},
		"animated":       {webpOf(2, 70, 50, webpANMF(0, 0, plain), webpANMF(0, 0, plain)), Config{Mode: NoResize}, nil, false},
		"one frame":      {webpOf(2, 70, 50, webpANMF(0, 0, plain)), Config{Mode: NoResize}, nil, true},
		"one beside":     {webpOf(2, 100, 90, webpANMF(10, 12, plain)), Config{Mode: NoResize}, nil, false},
	} {
		h, err := ReadHeader(c.data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		p := mustNew(t, c.cfg)
		w, ht := h.Upright()
		o := p.cfg.order(p.cfg.Mode.plan(w, ht, p.cfg.Side, p.cfg.OnlyIfBigger), c.boxes)
		o.colour = colourOf(c.data, h)
		if _, got := rewrites(c.data, h, o); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if _, err := p.Process(c.data, c.boxes...); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// webpANMF is a frame of an animation, at (x, y) on the canvas.
func webpANMF(x, y int, still []byte) []byte {
	f, _ := parseWebP(still)
	frame := make([]byte, 16)
	putUint24(frame, x/2)
	putUint24(frame[3:], y/2)
	putUint24(frame[6:], f.w-1)
	putUint24(frame[9:], f.h-1)
	return appendChunk(nil, "ANMF", appendChunk(frame, "VP8 ", f.first.lossy))
}

// TestDamagedWebPIsRefusedAlike cuts and bends pictures that are written again.
func TestDamagedWebPIsRefusedAlike(t *testing.T) {
	t.Parallel()
	data, err := Encode(noise(40, 50), WebP, 60)
	if err != nil {
		t.Fatal(err)
	}
	p := mustNew(t, Config{Mode: NoResize})
	for n := 30; n < len(data); n += 7 {
		bent := bytes.Clone(data)
		bent[n] ^= 0x5a
		for _, damaged := range [][]byte{data[:n], bent} {
			_, ours := p.Process(damaged)
			_, steps := Decode(damaged, Limits{})
			if ReasonOf(ours) != ReasonOf(steps) {
				t.Errorf("byte %d: %v, and by way of RGB %v", n, ours, steps)
			}
		}
	}
}

// TestFullRange holds the vectors against the formulas of BT.601 and JFIF, whatever the row's length.
func TestFullRange(t *testing.T) {
	t.Parallel()
	full := func(v, from, span, at float64) byte {
		return byte(min(max(at+math.Round((v-from)*255/span), 0), 255))
	}
	for _, n := range []int{1, 7, 31, 256} {
		luma, chroma := make([]byte, n), make([]byte, n)
		for i := range n {
			luma[i], chroma[i] = byte(i), byte(i)
		}
		fullRange(luma, chroma)
		for i := range n {
			if y, c := full(float64(i), 16, 219, 0), full(float64(i), 128, 224, 128); luma[i] != y || chroma[i] != c {
				t.Errorf("%d of %d: luma %d, want %d; chroma %d, want %d", i, n, luma[i], y, chroma[i], c)
			}
		}
	}
}
