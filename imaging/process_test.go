package imaging

import (
	"bytes"
	"fmt"
	"math/bits"
	"path/filepath"
	"sync"
	"testing"

	"pairmill/schemas"
)

func TestZeroConfigMakesSquareJPEG(t *testing.T) {
	t.Parallel()
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range decodedFormats() {
		data := sample(t, f, smooth(27, 19))
		r, err := p.Process(data)
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		if r.Format != "jpeg" || r.Width != 256 || r.Height != 256 || r.OriginalWidth != 27 || r.OriginalHeight != 19 || r.SourceFormat != string(f) || r.Orientation != 1 {
			t.Errorf("%s: %+v", f, r)
		}
		if h, err := ReadHeader(r.Data); err != nil || h.Format != JPEG || h.Width != 256 || h.Height != 256 {
			t.Errorf("%s: output %+v, %v", f, h, err)
		}
	}
}

// TestOneCallEqualsSteps compares Process, which may take a shorter way, with decode, resize and encode one by one.
func TestOneCallEqualsSteps(t *testing.T) {
	t.Parallel()
	plain := sample(t, JPEG, blobs(301, 203, 1))
	for _, src := range [][]byte{plain, jpegWithExif(plain, 6), jpegWithExif(plain, 2), flatJPEG(0, 255, 128, 0, 128)} {
		h, err := ReadHeader(src)
		if err != nil {
			t.Fatal(err)
		}
		for _, mode := range Modes() {
			p, err := New(Config{Side: 100, Mode: mode})
			if err != nil {
				t.Fatal(err)
			}
			r, err := p.Process(src)
			if err != nil {
				t.Fatal(err)
			}
			w, ht := h.Upright()
			data, hash, err := (&inSteps{src, h, p.cfg.order(mode.plan(w, ht, 100, false), nil)}).make(nil)
			if mode == NoResize && h.Orientation == 1 {
				continue // see TestKeptSizeIsNoWorse
			}
			if err != nil || !bytes.Equal(data, r.Data) || hash != r.PHash {
				t.Errorf("%s, orientation %d: %d bytes, not %d, hash %x, not %x, %v", mode, h.Orientation, len(r.Data), len(data), r.PHash, hash, err)
			}
		}
	}
}

// TestKeptSizeIsNoWorse holds what libjpeg-turbo's build promises of JPEGs that are only written again: at least as near to
// the source as by way of RGB, and the same hash but for a bit or two.
func TestKeptSizeIsNoWorse(t *testing.T) {
	t.Parallel()
	sources := map[string][]byte{}
	for _, side := range [][2]int{{301, 203}, {32, 32}, {33, 47}, {64, 16}, {960, 40}, {1000, 33}} {
		sources[fmt.Sprint(side)] = sample(t, JPEG, blobs(side[0], side[1], 4))
	}
	for _, file := range goPictures(t) { // every sampling, and grey
		if filepath.Ext(file) == ".jpeg" {
			sources[filepath.Base(file)] = readFile(t, file)
		}
	}
	for name, src := range sources {
		h, err := ReadHeader(src)
		if err != nil || h.components == 4 {
			continue
		}
		r, err := mustNew(t, Config{Mode: NoResize}).Process(src)
		if err != nil {
			t.Fatal(name, err)
		}
		cfg := Config{Mode: NoResize}.withDefaults()
		data, hash, err := (&inSteps{src, h, cfg.order(NoResize.plan(h.Width, h.Height, 256, false), nil)}).make(nil)
		if err != nil {
			t.Fatal(name, err)
		}
		want := decodeAs(t, src)
		ours, steps := psnr(decodeAs(t, r.Data), want), psnr(decodeAs(t, data), want)
		t.Logf("%s: %.2f dB, %.2f by way of RGB", name, ours, steps)
		if ours < steps-0.1 {
			t.Errorf("%s: %.2f dB, and %.2f by way of RGB", name, ours, steps)
		}
		if n := bits.OnesCount64(hash ^ r.PHash); n > 4 {
			t.Errorf("%s: hashes differ by %d", name, n)
		}
	}
}

// TestHalfIsNear lets libjpeg-turbo decode at half size, which is another picture, but hardly.
func TestHalfIsNear(t *testing.T) {
	t.Parallel()
	src := sample(t, JPEG, blobs(1201, 803, 2))
	var made []*Pixels
	for _, half := range []bool{false, true} {
		p, err := New(Config{Side: 200, Mode: KeepRatioLargest, Half: half})
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Process(src)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, decodeAs(t, r.Data))
	}
	if got := psnr(made[0], made[1]); got < 35 {
		t.Errorf("%.1f dB", got)
	}
}

// TestConcurrentAndEqual works through a gate that lets one picture in at a time.
func TestConcurrentAndEqual(t *testing.T) {
	t.Parallel()
	p, err := New(Config{MaxDecoded: 1, Side: 64})
	if err != nil {
		t.Fatal(err)
	}
	var sources [][]byte
	for i, f := range []Format{JPEG, PNG, JPEG, GIF} {
		sources = append(sources, sample(t, f, blobs(120+40*i, 90, i)))
	}
	want := make([]Result, len(sources))
	for i, data := range sources {
		if want[i], err = p.Process(data); err != nil {
			t.Fatal(err)
		}
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for i, data := range sources {
				r, err := p.Process(data)
				if err != nil || !bytes.Equal(r.Data, want[i].Data) || r.PHash != want[i].PHash {
					t.Errorf("source %d: %v", i, err)
				}
			}
		})
	}
	group.Wait()
}

func TestGateBoundsBytes(t *testing.T) {
	t.Parallel()
	g := newGate(100, 10)
	leave, err := g.enter(60)
	if err != nil {
		t.Fatal(err)
	}
	if g.sem.TryAcquire(41) {
		t.Error("101 bytes got in")
	}
	leave(0)
	leave, err = g.enter(1_000)
	if err != nil || g.sem.TryAcquire(1) {
		t.Errorf("an outsized picture is not alone, %v", err)
	}
	leave(0)
	if !g.sem.TryAcquire(100) {
		t.Error("bytes were not given back")
	}
}

func TestScaledPastTheLimits(t *testing.T) {
	t.Parallel()
	p, err := New(Config{Mode: KeepRatio})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Process(zeroPNG(10_000, 1, 1, 8, 0)); ReasonOf(err) != schemas.ImageSideTooLong {
		t.Errorf("%v", err)
	}
}

func TestQualityAndFormat(t *testing.T) {
	t.Parallel()
	data := sample(t, PNG, blobs(300, 200, 5))
	size := map[int]int{}
	for _, q := range []int{30, 95} {
		p, err := New(Config{Quality: q})
		if err != nil {
			t.Fatal(err)
		}
		r, err := p.Process(data)
		if err != nil {
			t.Fatal(err)
		}
		size[q] = len(r.Data)
	}
	if size[30]*3 > size[95]*2 {
		t.Errorf("bytes by quality: %v", size)
	}
	p, err := New(Config{Format: PNG, Mode: NoResize})
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Process(data)
	if err != nil || r.Format != "png" {
		t.Fatalf("%s, %v", r.Format, err)
	}
	got, err := Decode(r.Data, Limits{})
	if err != nil || maxDiff(t, got, blobs(300, 200, 5)) != 0 {
		t.Errorf("png to png is not exact, %v", err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	for _, c := range []Config{
		{Mode: "stretch"}, {Format: BMP}, {Upscale: "sinc"}, {Downscale: "box"}, {Format: PNG, Quality: 10}, {Quality: 101}, {Quality: -2}, {Side: -5}, {Side: 20_000}, {Side: 8_000}, {MaxDecoded: -1}, {MaxSide: 70_000},
	} {
		if _, err := New(c); err == nil {
			t.Errorf("%+v passed", c)
		}
	}
}
