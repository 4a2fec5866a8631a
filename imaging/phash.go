package imaging

import (
	"math"
	"slices"
	"sync"
)

// The hash is the DCT hash of pHash (Zauner, 2010) in the convention of Python's ImageHash: a 32×32 grey plane, DCT-II
// both ways, the 8×8 lowest frequencies with the constant term, one bit for each that is above their median, row by
// row, the first in the highest bit. Distances are counted in differing bits; copies of one picture usually stay under 10.
const (
	hashPlane = 32
	hashSide  = 8
)

// PHash returns the perceptual hash of an upright picture.
func PHash(p *Pixels) uint64 {
	return phashStored(p, 1, nil)
}

// phashStored hashes a picture that is still to be turned upright; turning the plane is cheaper.
func phashStored(p *Pixels, orientation int, mem *loan) uint64 {
	p = p.resize(min(p.W, hashPlane), min(p.H, hashPlane), Area, mem).resize(hashPlane, hashPlane, Lanczos, mem)
	return phashPlane(p.upright(orientation, mem))
}

func phashPlane(p *Pixels) uint64 {
	plane := greyPlane(p)
	return phashGrey(&plane)
}

// phashGrey takes the plane in thousandths of a level.
func phashGrey(plane *[hashPlane * hashPlane]float64) uint64 {
	low := lowFrequencies(plane)
	median := middle(low)
	var hash uint64
	for _, v := range low {
		hash <<= 1
		if v > median {
			hash |= 1
		}
	}
	return hash
}

// middle is the median. Only what is around the middle is put in order (Hoare's selection).
func middle(v [hashSide * hashSide]float64) float64 {
	const half = len(v) / 2
	for low, high := 0, len(v); high-low > 1; {
		pivot, i, j := v[(low+high)/2], low, high-1
		for i <= j {
			for v[i] < pivot {
				i++
			}
			for v[j] > pivot {
				j--
			}
			if i <= j {
				v[i], v[j] = v[j], v[i]
				i, j = i+1, j-1
			}
		}
		switch {
		case half <= j:
			high = j + 1
		case half >= i:
			low = i
		default:
			low = high
		}
	}
	return (slices.Max(v[:half]) + v[half]) / 2
}

// greyPlane weighs RGB by ITU-R BT.601, in thousandths of a level.
func greyPlane(p *Pixels) (plane [hashPlane * hashPlane]float64) {
	for i := range plane {
		s := p.Pix[i*3 : i*3+3 : i*3+3]
		plane[i] = float64(299*int(s[0]) + 587*int(s[1]) + 114*int(s[2]))
	}
	return plane
}

// hashWaves are the eight slowest cosines of DCT-II, by sample. The second half mirrors the first, odd ones upside down.
var hashWaves = sync.OnceValue(func() *[hashPlane / 2][hashSide]float64 {
	var waves [hashPlane / 2][hashSide]float64
	for i := range waves {
		for k := range waves[i] {
			waves[i][k] = math.Cos(math.Pi * float64(k) * (2*float64(i) + 1) / (2 * hashPlane))
		}
	}
	return &waves
})

// lowFrequencies is the corner of the two-dimensional DCT. Results are cut to 1/1024: in flat pictures, what is left
// below that is rounding noise, which would set bits at random.
func lowFrequencies(plane *[hashPlane * hashPlane]float64) (low [hashSide * hashSide]float64) {
	waves := hashWaves()
	var columns [hashSide][hashPlane]float64 // by frequency, then row
	for y := range hashPlane {
		for k, v := range transform(waves, (*[hashPlane]float64)(plane[y*hashPlane:])) {
			columns[k][y] = v
		}
	}
	for l := range columns {
		for k, v := range transform(waves, &columns[l]) {
			low[k*hashSide+l] = math.Round(4*v*1024/1000) / 1024
		}
	}
	return low
}

// transform takes all frequencies of one line at a time: eight sums that do not wait for each other.
func transform(waves *[hashPlane / 2][hashSide]float64, line *[hashPlane]float64) (sums [hashSide]float64) {
	var a, b, c, d, e, f, g, h float64
	for i := range waves {
		w := &waves[i]
		even, odd := line[i]+line[hashPlane-1-i], line[i]-line[hashPlane-1-i]
		a += float64(even * w[0])
		b += float64(odd * w[1])
		c += float64(even * w[2])
		d += float64(odd * w[3])
		e += float64(even * w[4])
		f += float64(odd * w[5])
		g += float64(even * w[6])
		h += float64(odd * w[7])
	}
	return [hashSide]float64{a, b, c, d, e, f, g, h}
}
