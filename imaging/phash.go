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
	return phashStored(p, 1)
}

// phashStored hashes a picture that is still to be turned upright; turning the plane is cheaper.
func phashStored(p *Pixels, orientation int) uint64 {
	p = p.resize(min(p.W, hashPlane), min(p.H, hashPlane), Area).resize(hashPlane, hashPlane, Lanczos)
	return phashPlane(p.upright(orientation))
}

func phashPlane(p *Pixels) uint64 {
	plane := greyPlane(p)
	low := lowFrequencies(&plane)
	sorted := low
	slices.Sort(sorted[:])
	n := len(sorted)
	median := (sorted[n/2-1] + sorted[n/2]) / 2
	var hash uint64
	for _, v := range low {
		hash <<= 1
		if v > median {
			hash |= 1
		}
	}
	return hash
}

// greyPlane weighs RGB by ITU-R BT.601.
func greyPlane(p *Pixels) (plane [hashPlane * hashPlane]float64) {
	for i := range plane {
		s := p.Pix[i*3 : i*3+3]
		plane[i] = (299*float64(s[0]) + 587*float64(s[1]) + 114*float64(s[2])) / 1000
	}
	return plane
}

// hashWaves are the eight slowest cosines of DCT-II.
var hashWaves = sync.OnceValue(func() *[hashSide][hashPlane]float64 {
	var wave [hashSide][hashPlane]float64
	for k := range wave {
		for i := range wave[k] {
			wave[k][i] = math.Cos(math.Pi * float64(k) * (2*float64(i) + 1) / (2 * hashPlane))
		}
	}
	return &wave
})

// lowFrequencies is the corner of the two-dimensional DCT. Results are cut to 1/1024: in flat pictures, what is left
// below that is rounding noise, which would set bits at random.
func lowFrequencies(plane *[hashPlane * hashPlane]float64) (low [hashSide * hashSide]float64) {
	waves := hashWaves()
	var columns [hashSide][hashPlane]float64 // by frequency, then row
	for y := range hashPlane {
		row := (*[hashPlane]float64)(plane[y*hashPlane:])
		for k := range waves {
			columns[k][y] = dot(&waves[k], row)
		}
	}
	for k := range hashSide {
		for l := range hashSide {
			low[k*hashSide+l] = math.Round(4*dot(&waves[k], &columns[l])*1024) / 1024
		}
	}
	return low
}

func dot(a, b *[hashPlane]float64) (sum float64) {
	for i := range a {
		sum += float64(a[i] * b[i])
	}
	return sum
}
