package imaging

import (
	"bytes"
	"image"
	"image/color"
	"testing"
)

func TestScratchLendsTheSmallestThatFits(t *testing.T) {
	t.Parallel()
	s := &scratch{most: 1 << 20}
	for _, size := range []int{300_000, 9_000, 40_000} {
		s.giveBack(make([]byte, size))
	}
	for _, c := range []struct{ want, from int }{{10_000, 40_000}, {9_000, 9_000}, {1, 300_000}, {5_000, rounded(5_000)}} {
		buf := s.borrow(c.want)
		if len(buf) != c.want || cap(buf) != c.from {
			t.Errorf("%d of %d bytes for %d, want them of %d", len(buf), cap(buf), c.want, c.from)
		}
	}
}

func TestScratchDropsTheLargest(t *testing.T) {
	t.Parallel()
	s := &scratch{most: 100}
	for _, c := range []struct{ size, garbage int64 }{{60, 0}, {30, 0}, {20, 60}, {50, 0}, {101, 101}} {
		if garbage := s.giveBack(make([]byte, c.size)); garbage != c.garbage || s.bytes > s.most {
			t.Errorf("%d bytes given back: %d kept, %d garbage, want %d", c.size, s.bytes, garbage, c.garbage)
		}
	}
	if len(s.kept) != 3 || s.bytes != 100 {
		t.Errorf("%d buffers of %d bytes are left", len(s.kept), s.bytes)
	}
}

// TestRoundedSizes wants no more than a quarter or a page on top, and few sizes.
func TestRoundedSizes(t *testing.T) {
	t.Parallel()
	seen := map[int]bool{}
	for n := 1; n <= maxKept; n += n/50 + 1 {
		got := rounded(n)
		if got < n || got-n > max(n/4, 4096) {
			t.Errorf("%d becomes %d", n, got)
		}
		seen[got] = true
	}
	if len(seen) > 60 {
		t.Errorf("%d sizes", len(seen))
	}
}

func TestLoanCountsWhatIsNotKept(t *testing.T) {
	t.Parallel()
	s := &scratch{most: 1 << 20}
	mem := s.lend()
	mem.bytes(maxKept + 1)
	mem.bytes(1 << 19)
	if garbage := mem.giveBack(); garbage != maxKept+1 || s.bytes != 1<<19 {
		t.Errorf("%d bytes of garbage, %d kept", garbage, s.bytes)
	}
}

// TestOldBytesDoNotShow works in buffers that other pictures have left full, and fills them again behind each result: nothing
// may come from what was there, and no result lie there.
func TestOldBytesDoNotShow(t *testing.T) {
	t.Parallel()
	clear, palette := image.NewNRGBA(image.Rect(0, 0, 90, 70)), image.NewPaletted(image.Rect(0, 0, 90, 70), color.Palette{color.White, color.NRGBA{9, 200, 7, 99}})
	clear.Set(5, 6, color.NRGBA{1, 2, 3, 200})
	palette.SetColorIndex(3, 4, 1)
	sources := [][]byte{
		zeroPNG(70, 80, 80, 16, 6), onePixel(clear, color.NRGBA{4, 5, 6, 7}), onePixel(palette, color.White),
		jpegWithExif(sample(t, JPEG, blobs(160, 90, 3)), 6), flatJPEG(2, 155, 128, 128, 128),
	}
	for _, f := range []Format{JPEG, PNG, GIF, WebP} {
		sources = append(sources, sample(t, f, blobs(130, 170, 2)))
	}
	for _, name := range []string{"animated", "lossy_alpha", "lossless", "turned"} {
		sources = append(sources, readFile(t, "testdata/webp_"+name+".webp"))
	}
	for _, cfg := range []Config{{Side: 90}, {Side: 64, Mode: CenterCrop}, {Mode: NoResize}, {Side: 50, Mode: KeepRatio, Format: PNG}} {
		used, dirt := mustNew(t, cfg), noise(64, 64).Pix
		for i, data := range sources {
			var boxes []Box
			if i == 0 {
				boxes = []Box{{0.1, 0.1, 0.4, 0.4}}
			}
			want, err := mustNew(t, cfg).Process(data, boxes...)
			if err != nil {
				t.Fatalf("source %d: %v", i, err)
			}
			used.mem.soil(dirt[i:])
			got, err := used.Process(data, boxes...)
			used.mem.soil(dirt[2*i:])
			if err != nil || !bytes.Equal(got.Data, want.Data) || got.PHash != want.PHash {
				t.Errorf("%+v, source %d: another picture than from fresh memory, %v", cfg, i, err)
			}
		}
		if len(used.mem.kept) < 5 {
			t.Error("no buffers were kept: nothing was tried")
		}
	}
}

// soil fills what is kept, after adding a buffer for every stage.
func (s *scratch) soil(dirt []byte) {
	for n := 1 << 12; n <= 1<<18 && len(s.kept) < 30; n *= 2 {
		s.giveBack(make([]byte, n))
	}
	for _, buf := range s.kept {
		for buf = buf[:cap(buf)]; len(buf) > 0; {
			buf = buf[copy(buf, dirt):]
		}
	}
}

func mustNew(t *testing.T, cfg Config) *Processor {
	t.Helper()
	p, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
