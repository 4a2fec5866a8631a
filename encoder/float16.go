package encoder

import "pairmill/internal/float16"

// Float16bits returns the IEEE 754 binary16 pattern nearest to f, ties to even: the form in which vectors are stored.
// Values beyond 65504 become infinities, values below the smallest subnormal become zero of the same sign, and NaN
// stays a quiet NaN.
func Float16bits(f float32) uint16 { return float16.From32(f) }

// FromFloat16 returns the value of a binary16 pattern; every one is exact in float32.
func FromFloat16(h uint16) float32 { return float16.To32(h) }
