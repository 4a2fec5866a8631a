package imaging

import "math"

// axis holds the weights of a separable resize along one side: output i is the sum of weight[k] × input[first[i]+k−off[i]]
// for k in off[i]..off[i+1]. The weights of one output add up to 1. Both builds and both directions share it.
type axis struct {
	first  []int32
	off    []int32
	weight []float32
}

// axisFor picks the filter by direction, as img2dataset does by default: area down, Lanczos up.
func axisFor(src, dst int) axis {
	switch {
	case dst < src:
		return areaAxis(src, dst)
	case dst > src:
		return lanczosAxis(src, dst)
	}
	return identityAxis(src)
}

func newAxis(dst, taps int) axis {
	return axis{first: make([]int32, 0, dst), off: append(make([]int32, 0, dst+1), 0), weight: make([]float32, 0, dst*taps)}
}

func (a *axis) add(first int, weights ...float64) {
	var sum float64
	for _, w := range weights {
		sum += w
	}
	for _, w := range weights {
		a.weight = append(a.weight, float32(w/sum))
	}
	a.first = append(a.first, int32(first))
	a.off = append(a.off, int32(len(a.weight)))
}

func identityAxis(n int) axis {
	a := newAxis(n, 1)
	for i := range n {
		a.add(i, 1)
	}
	return a
}

// areaAxis averages exactly: each input counts by how much of it the output covers (OpenCV INTER_AREA). Slivers under a
// thousandth of an input are rounding noise of the borders and left out, as OpenCV does.
func areaAxis(src, dst int) axis {
	const sliver = 1e-3
	scale := float64(src) / float64(dst)
	a := newAxis(dst, int(scale)+2)
	weights := make([]float64, 0, int(scale)+2)
	for i := range dst {
		lo, hi := float64(i)*scale, math.Min(float64(i+1)*scale, float64(src))
		first := int(lo)
		if float64(first+1)-lo <= sliver {
			first++
		}
		weights = weights[:0]
		for at := first; at < src && hi-float64(at) > sliver; at++ {
			weights = append(weights, math.Min(float64(at+1), hi)-math.Max(float64(at), lo))
		}
		a.add(first, weights...)
	}
	return a
}
