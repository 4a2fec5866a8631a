package imaging

import "math"

// fixed is the precision in which OpenCV keeps the weights of 8-bit pictures (INTER_RESIZE_COEF_BITS, 11 bits). Rounded
// weights do not add up to exactly 1; a flat white stays white because results are clamped.
const fixed = 1 << fixedBits

// tapAxis samples at pixel centres aligned (output i lies at (i+½)·src/dst − ½), with n taps whose weights depend on the
// fraction alone, and repeated borders. Positions are 32-bit floats, as OpenCV's.
func tapAxis(src, dst, n int, weights func(fraction float32, w []float64)) axis {
	a := newTapAxis(src, dst, n)
	scale := scaleOf(src, dst)
	w := make([]float64, n)
	for i := range dst {
		at := float32((float64(i)+0.5)*scale - 0.5)
		base := int(math.Floor(float64(at)))
		weights(at-float32(base), w)
		a.set(i, base-n/2+1, w)
	}
	return a
}

func newTapAxis(src, dst, n int) axis {
	a := newAxis(src, dst, n)
	a.fixed = make([]int16, dst*n)
	return a
}

// set gives output i its taps, which start at base, outside the picture too.
func (a *axis) set(i, base int, w []float64) {
	clamp := func(at int) int { return min(max(at, 0), a.src-1) }
	first, last := clamp(base), clamp(base+len(w)-1)
	a.first[i], a.count[i] = int32(first), int32(last-first+1)
	for k, v := range w {
		a.fixed[i*a.taps+clamp(base+k)-first] += int16(math.RoundToEven(v * fixed))
	}
}

func identityAxis(n int) axis {
	a := newTapAxis(n, n, 1)
	for i := range n {
		a.set(i, i, []float64{1})
	}
	return a
}

func linearAxis(src, dst int) axis {
	return tapAxis(src, dst, 2, linearWeights)
}

func linearWeights(x float32, w []float64) { w[0], w[1] = float64(1-x), float64(x) }

// cubicAxis is Keys' cubic with a = −0.75 (Keys, 1981, equation 4).
func cubicAxis(src, dst int) axis {
	const a = -0.75
	return tapAxis(src, dst, 4, func(fraction float32, w []float64) {
		x := float64(fraction)
		far := func(d float64) float64 { return ((a*d-5*a)*d+8*a)*d - 4*a }
		near := func(d float64) float64 { return ((a+2)*d-(a+3))*d*d + 1 }
		w[0], w[1], w[2] = far(1+x), near(x), near(1-x)
		w[3] = 1 - w[0] - w[1] - w[2]
	})
}

// lanczosLobes is a of the Lanczos window: eight taps.
const lanczosLobes = 4

func lanczosAxis(src, dst int) axis {
	turns := lanczosTurns()
	return tapAxis(src, dst, 2*lanczosLobes, func(fraction float32, w []float64) {
		if fraction < 1e-7 {
			clear(w)
			w[lanczosLobes-1] = 1
			return
		}
		// Tap k lies at x = fraction + 3 − k; its weight is 4·sin(πx)·sin(πx/4) / (πx)². Over whole steps the first sine only
		// changes sign, and the second turns by 45°.
		x := float64(fraction) + lanczosLobes - 1
		outer := math.Sin(math.Pi * x)
		sin, cos := math.Sincos(math.Pi * x / lanczosLobes)
		var sum float64
		for k := range w {
			inner := sin*turns[k].cos - cos*turns[k].sin
			w[k] = outer * inner / ((x - float64(k)) * (x - float64(k)))
			sum += w[k]
			outer = -outer
		}
		for k := range w {
			w[k] /= sum
		}
	})
}

// lanczosTurns are the angles of whole steps in the slow sine.
func lanczosTurns() (t [2 * lanczosLobes]struct{ sin, cos float64 }) {
	for k := range t {
		t[k].sin, t[k].cos = math.Sincos(math.Pi * float64(k) / lanczosLobes)
	}
	return t
}

func nearestAxis(src, dst int) axis {
	a := newTapAxis(src, dst, 1)
	scale := scaleOf(src, dst)
	for i := range dst {
		a.set(i, min(int(float64(i)*scale), src-1), []float64{1})
	}
	return a
}

// areaUpAxis is what OpenCV makes of INTER_AREA when growing: flat inside a source pixel, linear across its borders.
func areaUpAxis(src, dst int) axis {
	a := newTapAxis(src, dst, 2)
	scale, inverse := scaleOf(src, dst), float64(dst)/float64(src)
	w := make([]float64, 2)
	for i := range dst {
		base := int(float64(i) * scale)
		x := float32(float64(i+1) - float64(base+1)*inverse)
		x = max(x, 0)
		linearWeights(x-float32(math.Floor(float64(x))), w)
		a.set(i, base, w)
	}
	return a
}
