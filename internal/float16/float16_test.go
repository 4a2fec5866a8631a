package float16

import (
	"bytes"
	"math"
	"slices"
	"testing"
)

// value computes a half by the standard's formula, in float64.
func value(h uint16) float64 {
	sign := 1.0
	if h&0x8000 != 0 {
		sign = -1
	}
	exp, frac := int(h>>10)&0x1f, float64(h&0x3ff)
	switch exp {
	case 0:
		return sign * math.Ldexp(frac, -24)
	case 31:
		if frac != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	}
	return sign * math.Ldexp(1024+frac, exp-25)
}

func TestEveryHalf(t *testing.T) {
	t.Parallel()
	for i := range 1 << 16 {
		h := uint16(i)
		f, want := To32(h), value(h)
		if math.IsNaN(want) {
			if back := From32(f); f == f || value(back) == value(back) {
				t.Fatalf("%04x is a NaN: got %v, and back %04x", h, f, back)
			}
			continue
		}
		if float64(f) != want || math.Signbit(float64(f)) != math.Signbit(want) {
			t.Fatalf("%04x: got %v, want %v", h, f, want)
		}
		if back := From32(f); back != h {
			t.Fatalf("%04x: back %04x", h, back)
		}
	}
}

// Between each two neighbours: what is nearer to one becomes it, the middle becomes the even one.
func TestEveryRounding(t *testing.T) {
	t.Parallel()
	for i := range 0x7c00 {
		lo, hi := uint16(i), uint16(i+1)
		top := To32(hi)
		if hi == 0x7c00 {
			top = 65536 // where the next half would stand
		}
		mid := (To32(lo) + top) / 2
		even := lo + lo&1
		for _, c := range []struct {
			f    float32
			want uint16
		}{
			{math.Nextafter32(mid, 0), lo}, {mid, even}, {math.Nextafter32(mid, 1e9), hi},
		} {
			if got := From32(c.f); got != c.want {
				t.Fatalf("%v: got %04x, want %04x", c.f, got, c.want)
			}
			if got := From32(-c.f); got != c.want|0x8000 {
				t.Fatalf("%v: got %04x, want %04x", -c.f, got, c.want|0x8000)
			}
		}
	}
}

func TestExtremes(t *testing.T) {
	t.Parallel()
	inf := float32(math.Inf(1))
	for f, want := range map[float32]uint16{
		0: 0, 1: 0x3c00, -2: 0xc000, 65504: 0x7bff, 65519.996: 0x7bff, 65520: 0x7c00, math.MaxFloat32: 0x7c00,
		inf: 0x7c00, -inf: 0xfc00, math.SmallestNonzeroFloat32: 0, 0x1p-25: 0, 0x1.000002p-25: 1,
	} {
		if got := From32(f); got != want {
			t.Errorf("%v: got %04x, want %04x", f, got, want)
		}
	}
}

func TestAppendAndDecode(t *testing.T) {
	t.Parallel()
	in := []float32{1, -2, 0.5}
	b := Append([]byte{9}, in...)
	if !bytes.Equal(b, []byte{9, 0x00, 0x3c, 0x00, 0xc0, 0x00, 0x38}) {
		t.Errorf("bytes % x", b)
	}
	if out := Decode(nil, append(b[1:], 7)); !slices.Equal(out, in) {
		t.Errorf("back %v", out)
	}
}
