package encoder_test

import (
	"math"
	"testing"

	"pairmill/encoder"
)

// value is binary16 by its definition (IEEE 754-2019, table 3.5), in float64.
func value(h uint16) float64 {
	sign := 1.0
	if h>>15 == 1 {
		sign = -1
	}
	exp, man := int(h>>10&0x1f), float64(h&0x3ff)
	switch exp {
	case 0:
		return sign * math.Ldexp(man, -24)
	case 31:
		if man != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	}
	return sign * math.Ldexp(1024+man, exp-25)
}

func TestFromFloat16Exhaustive(t *testing.T) {
	t.Parallel()
	for i := range 1 << 16 {
		h := uint16(i)
		got, want := float64(encoder.FromFloat16(h)), value(h)
		if math.IsNaN(want) != math.IsNaN(got) || !math.IsNaN(want) && math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%#04x: got %v, want %v", h, got, want)
		}
		if back := encoder.Float16bits(float32(got)); !math.IsNaN(want) && back != h {
			t.Fatalf("%#04x came back as %#04x", h, back)
		}
	}
}

// Between any two neighbours, rounding can only change at the middle: checking the middle and the floats on both sides
// of it, for every neighbour pair, covers every float32.
func TestFloat16bitsExhaustive(t *testing.T) {
	t.Parallel()
	for i := range 0x7c00 {
		lo, hi := uint16(i), uint16(i+1)
		top := value(hi)
		if hi == 0x7c00 {
			top = 65536 // what would follow the largest value
		}
		mid := float32((value(lo) + top) / 2)
		even := lo + lo&1
		for _, tc := range []struct {
			f    float32
			want uint16
		}{
			{math.Nextafter32(mid, 0), lo}, {mid, even}, {math.Nextafter32(mid, 1e9), hi},
			{math.Nextafter32(float32(value(lo)), 1e9), lo}, {math.Nextafter32(float32(top), 0), hi},
		} {
			if got := encoder.Float16bits(tc.f); got != tc.want {
				t.Fatalf("%v: got %#04x, want %#04x", tc.f, got, tc.want)
			}
			if got := encoder.Float16bits(-tc.f); got != tc.want|0x8000 {
				t.Fatalf("%v: got %#04x, want %#04x", -tc.f, got, tc.want|0x8000)
			}
		}
	}
}

func TestFloat16Special(t *testing.T) {
	t.Parallel()
	inf := float32(math.Inf(1))
	for f, want := range map[float32]uint16{
		0: 0, 1: 0x3c00, -2: 0xc000, 65504: 0x7bff, 65520: 0x7c00, inf: 0x7c00, -inf: 0xfc00,
		math.MaxFloat32: 0x7c00, math.SmallestNonzeroFloat32: 0, 0x1p-24: 1, 0x1p-25: 0,
	} {
		if got := encoder.Float16bits(f); got != want {
			t.Errorf("%v: got %#04x, want %#04x", f, got, want)
		}
	}
	if got := encoder.Float16bits(float32(math.Copysign(0, -1))); got != 0x8000 {
		t.Errorf("negative zero: got %#04x", got)
	}
	for _, bits := range []uint32{0x7fc00000, 0x7f800001, 0xffffffff} {
		if got := encoder.Float16bits(math.Float32frombits(bits)); got&0x7e00 != 0x7e00 {
			t.Errorf("NaN %#x: got %#04x", bits, got)
		}
	}
}
