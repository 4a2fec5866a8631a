package encoder

import (
	"errors"
	"math"
)

var (
	errNotFinite = errors.New("vector has a value that is not a finite number")
	errZero      = errors.New("vector has length zero")
)

// Dot is the inner product of two vectors, summed in float64. For unit vectors it is their cosine. Vectors of
// different lengths have no product: the result is NaN.
func Dot(a, b []float32) float64 {
	if len(a) != len(b) {
		return math.NaN()
	}
	var s float64
	for i, v := range a {
		s += float64(v) * float64(b[i])
	}
	return s
}

// Cosine is the cosine of the angle between two vectors of any length, in [-1, 1]; NaN when one of them has length
// zero or their dimensions differ.
func Cosine(a, b []float32) float64 {
	c := Dot(a, b) / math.Sqrt(Dot(a, a)*Dot(b, b))
	if math.IsNaN(c) {
		return c
	}
	return max(-1, min(1, c))
}

// Normalize scales v in place to length 1. A vector that has no direction (zero, or holding NaN or an infinity) is an
// error and stays as it is.
func Normalize(v []float32) error {
	n := Dot(v, v)
	switch {
	case math.IsNaN(n) || math.IsInf(n, 0):
		return errNotFinite
	case n == 0:
		return errZero
	}
	inv := 1 / math.Sqrt(n)
	for i, x := range v {
		v[i] = float32(float64(x) * inv)
	}
	return nil
}

// Lengths up to which a vector counts as one of length 1: halves are off by up to 2⁻¹² of each value.
const (
	unitHalves = 1e-3
	unitFloats = 1e-6
)

// Unit scales v in place to length 1, but leaves one that has this length up to the rounding of its values as it is, so that
// vectors which somebody has stored stay what they are. Vectors without a direction are errors, as for Normalize.
func Unit(v []float32) error {
	tolerance := unitHalves
	for _, x := range v {
		if FromFloat16(Float16bits(x)) != x {
			tolerance = unitFloats
		}
	}
	if math.Abs(math.Sqrt(Dot(v, v))-1) <= tolerance {
		return nil
	}
	return Normalize(v)
}
