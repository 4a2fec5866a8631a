package imaging

import (
	"math/bits"
	"slices"
	"testing"
)

func distance(a, b uint64) int { return bits.OnesCount64(a ^ b) }

// blobs draws a few rectangles; seeds give unlike pictures.
func blobs(w, h, seed int) *Pixels {
	p := white(w, h)
	spots := noise(20, seed+1).Pix
	for i := 0; i+6 < 49; i += 7 {
		s := spots[i:]
		x0, y0 := int(s[0])*w/320, int(s[1])*h/320
		for y := y0; y < min(h, y0+h/8+int(s[2])*h/600); y++ {
			for x := x0; x < min(w, x0+w/8+int(s[3])*w/600); x++ {
				copy(p.Pix[(y*w+x)*3:], s[4:7])
			}
		}
	}
	return p
}

func TestPHashSurvivesCopies(t *testing.T) {
	t.Parallel()
	var seen []uint64
	for seed := range 12 {
		original := blobs(640, 480, seed)
		hash := PHash(original)
		for _, side := range []int{400, 240, 120} {
			small, err := Encode(original.resize(side, side*3/4, Area, nil), JPEG, 60)
			if err != nil {
				t.Fatal(err)
			}
			again, err := Decode(small, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if d := distance(hash, PHash(again)); d > 6 {
				t.Errorf("picture %d at %d: %d bits differ", seed, side, d)
			}
		}
		for _, other := range seen {
			if d := distance(hash, other); d < 12 {
				t.Errorf("picture %d is only %d bits from another", seed, d)
			}
		}
		seen = append(seen, hash)
	}
}

// TestPHashConvention fixes bit order and formula: a wave along x fills the first row of frequencies only.
func TestPHashConvention(t *testing.T) {
	t.Parallel()
	p := newPixels(32, 32)
	for i := range p.Pix {
		if i/3%32 < 16 {
			p.Pix[i] = 200
		}
	}
	// Light left, dark right: the constant and the odd cosines, alternating in sign, of which 1 and 5 are positive. All
	// else is 0, as is the median.
	if got, want := PHash(p), uint64(0b1100_0100)<<56; got != want {
		t.Errorf("%064b, want %064b", got, want)
	}
	if got := PHash(white(50, 40)); got != 1<<63 {
		t.Errorf("white: %064b", got)
	}
}

func TestPHashOfTurnedPicture(t *testing.T) {
	t.Parallel()
	p := blobs(300, 200, 3)
	for o := 1; o <= 8; o++ {
		if d := distance(phashStored(p, o, nil), PHash(p.upright(o, nil))); d > 2 {
			t.Errorf("orientation %d: %d bits differ", o, d)
		}
	}
}

func white(w, h int) *Pixels { return (*loan)(nil).white(w, h) }

func TestMiddleIsTheMedian(t *testing.T) {
	t.Parallel()
	for seed := range 200 {
		var v [hashSide * hashSide]float64
		for i, s := range noise(32, 2+seed).Pix[seed : seed+len(v)] {
			v[i] = float64(int(s) % (seed + 1)) // at first many equal ones
		}
		sorted := v
		slices.Sort(sorted[:])
		if got, want := middle(v), (sorted[31]+sorted[32])/2; got != want {
			t.Errorf("%v, want %v: %v", got, want, v)
		}
	}
}
