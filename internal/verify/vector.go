package verify

import (
	"encoding/binary"
	"fmt"
	"hash"
	"math"

	"pairmill/encoder"
)

// Tolerances. A value of a float16 unit vector is off by at most 2⁻¹² of itself, and so is the length; a float32 one
// was scaled once. The cosine is taken of the stored values in float64 and rounded to float32.
const (
	lengthTolerance16 = 1e-3
	lengthTolerance32 = 1e-5
	cosineTolerance   = 1e-6
)

// vectors checks a row's vectors and their similarity. A row without vectors has no similarity either, unless it was scored
// by somebody else.
func (c *checker) vectors(p at, dim int, image, text []float32, similarity float32, scored bool) {
	if dim == 0 && len(image) == 0 && len(text) == 0 {
		switch s := float64(similarity); {
		case !scored:
			equal(c, p, Similarity, "similarity", 0, similarity)
		case math.IsNaN(s) || math.IsInf(s, 0):
			c.reportAt(p, Similarity, "similarity", "a finite number", similarity)
		}
		return
	}
	ok := c.vector(p, "image_embedding", dim, image)
	if ok = c.vector(p, "text_embedding", dim, text) && ok; !ok {
		return
	}
	want := encoder.Cosine(image, text)
	if got := float64(similarity); math.IsNaN(got) || math.Abs(got-want) > cosineTolerance {
		c.reportAt(p, Similarity, "similarity", float32(want), similarity)
	}
}

func (c *checker) vector(p at, column string, dim int, v []float32) bool {
	if len(v) != dim {
		c.reportAt(p, Vector, column, fmt.Sprintf("%d values", dim), fmt.Sprintf("%d values", len(v)))
		return false
	}
	half := true
	for i, x := range v {
		if x64 := float64(x); math.IsNaN(x64) || math.IsInf(x64, 0) {
			c.reportAt(p, Vector, fmt.Sprintf("%s, value %d", column, i), "a finite number", x)
			return false
		}
		half = half && encoder.FromFloat16(encoder.Float16bits(x)) == x
	}
	tolerance := lengthTolerance32
	if half {
		tolerance = lengthTolerance16
	}
	if n := math.Sqrt(encoder.Dot(v, v)); math.Abs(n-1) > tolerance {
		c.reportAt(p, Vector, column, "length 1", fmt.Sprintf("length %.6f", n))
		return false
	}
	return true
}

// vectorSum stands for a row's vectors and similarity in comparisons over a whole run.
func vectorSum(h hash.Hash, image, text []float32, similarity float32) {
	var b [4]byte
	for _, v := range [][]float32{image, text, {similarity}} {
		for _, x := range v {
			binary.LittleEndian.PutUint32(b[:], math.Float32bits(x))
			h.Write(b[:])
		}
	}
}
