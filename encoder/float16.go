package encoder

import "math"

// Float16bits returns the IEEE 754 binary16 pattern nearest to f, ties to even. Values beyond 65504 become
// infinities, values below the smallest subnormal become zero of the same sign, and NaN stays a quiet NaN.
func Float16bits(f float32) uint16 {
	b := math.Float32bits(f)
	sign := uint16(b >> 16 & 0x8000)
	abs := b & 0x7fffffff
	switch {
	case abs > 0x7f800000:
		return sign | 0x7e00 | uint16(abs>>13&0x3ff)
	case abs >= 0x477ff000: // 65520, half-way to what would follow 65504
		return sign | 0x7c00
	case abs >= 0x38800000: // 2^-14, the smallest normal
		return sign | uint16(roundShift(abs-(127-15)<<23, 13))
	case abs < 0x33000000: // below 2^-25, half of the smallest subnormal
		return sign
	}
	mantissa := abs&0x7fffff | 0x800000
	return sign | uint16(roundShift(mantissa, 126-abs>>23))
}

// roundShift is v / 2^n, rounded to nearest, ties to even.
func roundShift(v, n uint32) uint32 {
	return (v + 1<<(n-1) - 1 + v>>n&1) >> n
}

// FromFloat16 returns the value of a binary16 pattern; every one is exact in float32.
func FromFloat16(h uint16) float32 {
	sign := uint32(h&0x8000) << 16
	exp, man := uint32(h>>10&0x1f), uint32(h&0x3ff)
	switch exp {
	case 0:
		v := float32(man) / (1 << 24)
		return math.Float32frombits(math.Float32bits(v) | sign)
	case 0x1f:
		return math.Float32frombits(sign | 0x7f800000 | man<<13)
	}
	return math.Float32frombits(sign | (exp+127-15)<<23 | man<<13)
}
