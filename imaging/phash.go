package imaging

import (
	"math"
	"slices"
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
	return phashPlane(p.resize(hashPlane, hashPlane).upright(orientation))
}

func phashPlane(p *Pixels) uint64 {
	low := lowFrequencies(greyPlane(p))
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

// lowFrequencies is the corner of the two-dimensional DCT. Results are cut to 1/1024: in flat pictures, what is left
// below that is rounding noise, which would set bits at random.
func lowFrequencies(plane [hashPlane * hashPlane]float64) (low [hashSide * hashSide]float64) {
	var wave [hashSide][hashPlane]float64
	for k := range wave {
		for i := range wave[k] {
			wave[k][i] = math.Cos(math.Pi * float64(k) * (2*float64(i) + 1) / (2 * hashPlane))
		}
	}
	var rows [hashPlane][hashSide]float64
	for y := range rows {
		for k := range hashSide {
			rows[y][k] = dot(wave[k][:], func(i int) float64 { return plane[y*hashPlane+i] })
		}
	}
	for k := range hashSide {
		for l := range hashSide {
			v := dot(wave[k][:], func(i int) float64 { return rows[i][l] })
			low[k*hashSide+l] = math.Round(4*v*1024) / 1024
		}
	}
	return low
}

func dot(wave []float64, at func(int) float64) (sum float64) {
	for i, w := range wave {
		sum += float64(w * at(i))
	}
	return sum
}
