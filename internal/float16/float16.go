// Package float16 converts between float32 and IEEE 754 binary16, the element type of stored vectors and of
// half-precision models.
//
// A half has 1 sign bit, 5 exponent bits (bias 15) and 10 fraction bits: about 3 decimal digits, largest value
// 65,504, smallest step 2⁻²⁴. Source: IEEE 754-2019, section 3.4.
package float16

import (
	"encoding/binary"
	"math"
)

// From32 rounds to the nearest half, ties to even, as hardware and numpy do. Values beyond 65,504 by half a step or
// more become infinite; a NaN stays a NaN.
func From32(f float32) uint16 {
	b := math.Float32bits(f)
	sign, abs := uint16(b>>16)&0x8000, b&0x7fffffff
	switch {
	case abs > 0x7f800000: // NaN: keep it quiet, and keep the payload's upper bits
		return sign | 0x7e00 | uint16(abs>>13)&0x1ff
	case abs >= 0x477ff000: // 65,520: rounds to infinity
		return sign | 0x7c00
	case abs >= 0x38800000: // 2⁻¹⁴: a normal half. Re-bias from 127 to 15, then round the 13 bits that go
		return sign | uint16((abs-(112<<23)+0xfff+(abs>>13)&1)>>13)
	default: // subnormal: adding 0.5 lets the float unit round to multiples of 2⁻²⁴
		return sign | uint16(math.Float32bits(math.Float32frombits(abs)+0.5)-0x3f000000)
	}
}

// To32 is exact.
func To32(h uint16) float32 {
	sign, exp, frac := uint32(h&0x8000)<<16, uint32(h>>10)&0x1f, uint32(h&0x3ff)
	switch exp {
	case 0: // zero or subnormal: frac × 2⁻²⁴
		return math.Float32frombits(sign | math.Float32bits(float32(frac)*(1.0/(1<<24))))
	case 31: // infinite or NaN
		return math.Float32frombits(sign | 0x7f800000 | frac<<13)
	default:
		return math.Float32frombits(sign | (exp+112)<<23 | frac<<13)
	}
}

// Append appends the halves nearest to v to dst, 2 bytes each, little-endian: the layout of Parquet's FLOAT16, of
// numpy's '<f2' and of ONNX Runtime's tensors.
func Append(dst []byte, v ...float32) []byte {
	for _, f := range v {
		dst = binary.LittleEndian.AppendUint16(dst, From32(f))
	}
	return dst
}

// Decode appends to dst the values of the halves in b, which Append wrote; a last odd byte is left out.
func Decode(dst []float32, b []byte) []float32 {
	for ; len(b) >= 2; b = b[2:] {
		dst = append(dst, To32(binary.LittleEndian.Uint16(b)))
	}
	return dst
}
