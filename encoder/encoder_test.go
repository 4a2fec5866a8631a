package encoder_test

import (
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"pairmill/encoder"
)

func TestPixelsValidate(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		p    encoder.Pixels
		want string
	}{
		{"fits", encoder.Pixels{W: 2, H: 1, RGB: make([]byte, 6)}, ""},
		{"no width", encoder.Pixels{H: 1}, "empty"},
		{"negative", encoder.Pixels{W: -1, H: -1, RGB: make([]byte, 3)}, "empty"},
		{"short", encoder.Pixels{W: 2, H: 2, RGB: make([]byte, 11)}, "11 bytes"},
		{"RGBA", encoder.Pixels{W: 2, H: 2, RGB: make([]byte, 16)}, "16 bytes"},
		{"product overflows", encoder.Pixels{W: 1 << 32, H: 1 << 32}, "0 bytes"},
	} {
		err := tc.p.Validate()
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
}

func TestColumn(t *testing.T) {
	t.Parallel()
	for fp, want := range map[string]string{
		"":                      "m@",
		"abc":                   "m@abc",
		strings.Repeat("01", 9): "m@" + strings.Repeat("01", 8),
	} {
		if got := (encoder.Info{Name: "m", Fingerprint: fp}).Column(); got != want {
			t.Errorf("column of %q: got %q, want %q", fp, got, want)
		}
	}
}

func TestItemError(t *testing.T) {
	t.Parallel()
	err := error(&encoder.ItemError{Index: 7, Err: io.ErrUnexpectedEOF})
	if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "item 7") {
		t.Errorf("got %v", err)
	}
}

func TestCosine(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		a, b []float32
		want float64
	}{
		{[]float32{1, 0}, []float32{5, 0}, 1},
		{[]float32{1, 0}, []float32{0, -2}, 0},
		{[]float32{1, 2}, []float32{-2, -4}, -1},
		{[]float32{3, 4}, []float32{4, 3}, 24.0 / 25},
		{[]float32{0, 0}, []float32{4, 3}, math.NaN()},
		{[]float32{1}, []float32{1, 0}, math.NaN()},
	} {
		got := encoder.Cosine(tc.a, tc.b)
		if math.IsNaN(got) != math.IsNaN(tc.want) || math.Abs(got-tc.want) > 1e-12 {
			t.Errorf("cosine of %v and %v: got %v, want %v", tc.a, tc.b, got, tc.want)
		}
	}
}

func TestNormalize(t *testing.T) {
	t.Parallel()
	v := []float32{3, -4, 0}
	if err := encoder.Normalize(v); err != nil || v[0] != 0.6 || v[1] != -0.8 || v[2] != 0 {
		t.Errorf("got %v, %v", v, err)
	}
	tiny := []float32{math.SmallestNonzeroFloat32, 0}
	if err := encoder.Normalize(tiny); err != nil || tiny[0] != 1 {
		t.Errorf("smallest value: got %v, %v", tiny, err)
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, bad := range [][]float32{nil, {0, 0}, {1, nan}, {inf, 1}, {-inf, inf}} {
		if err := encoder.Normalize(bad); err == nil {
			t.Errorf("%v was normalised", bad)
		}
	}
}

// Unit leaves what has length 1 as near as its values can say, and scales the rest.
func TestUnit(t *testing.T) {
	t.Parallel()
	half := func(f float32) float32 { return encoder.FromFloat16(encoder.Float16bits(f)) }
	for _, c := range []struct {
		name   string
		v      []float32
		scaled bool
	}{
		{"one", []float32{0, 1}, false},
		{"halves", []float32{half(0.1234), half(float32(math.Sqrt(1 - 0.1234*0.1234)))}, false},
		{"halves a little off", []float32{half(0.6), half(0.801)}, false},
		{"halves far off", []float32{half(0.6), half(0.81)}, true},
		{"floats a little off", []float32{0.6, 0.8001}, true},
		{"long", []float32{30, 40}, true},
	} {
		before := slices.Clone(c.v)
		if err := encoder.Unit(c.v); err != nil || slices.Equal(before, c.v) == c.scaled {
			t.Errorf("%s: %v became %v, %v", c.name, before, c.v, err)
		}
		if length := math.Sqrt(encoder.Dot(c.v, c.v)); math.Abs(length-1) > 1e-3 {
			t.Errorf("%s: length %v", c.name, length)
		}
	}
	for _, bad := range [][]float32{nil, {0, 0}, {1, float32(math.NaN())}, {float32(math.Inf(1)), 1}} {
		if err := encoder.Unit(bad); err == nil {
			t.Errorf("%v has a length", bad)
		}
	}
}
