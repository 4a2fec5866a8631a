package imaging

import "math"

// axis holds the weights of a separable resize along one side: output i is the sum of weight × input[first[i]+k] for k
// below count[i]. Each output has taps places; those past its count are zero. An area axis has floats, and each output's
// inputs but its first and last weigh the same; every other axis has fixed-point weights (see fixed). Both builds share it.
type axis struct {
	src, dst, taps int
	first, count   []int32
	weight         []float32 // dst × taps, of an area axis
	fixed          []int16   // dst × taps, of any other
}

func newAxis(src, dst, taps int) axis {
	return axis{src: src, dst: dst, taps: taps, first: make([]int32, dst), count: make([]int32, dst)}
}

// scaleOf divides twice, as OpenCV does: where outputs fall on the border of two inputs, the last bit decides.
func scaleOf(src, dst int) float64 { return 1 / (float64(dst) / float64(src)) }

func newAreaAxis(src, dst int) axis {
	a := newAxis(src, dst, min(int(float64(src)/float64(dst))+2, src))
	a.weight = make([]float32, dst*a.taps)
	return a
}

// areaAxis averages exactly: each input counts by how much of it the output covers (OpenCV INTER_AREA). Slivers under a
// thousandth of an input are rounding noise of the borders and left out, as OpenCV does.
func areaAxis(src, dst int) axis {
	const sliver = 1e-3
	scale := scaleOf(src, dst)
	a := newAreaAxis(src, dst)
	for i := range dst {
		lo, hi := float64(i)*scale, math.Min(float64(i+1)*scale, float64(src))
		first := int(lo)
		if float64(first+1)-lo <= sliver {
			first++
		}
		end := min(int(math.Ceil(hi-sliver)), src)
		n := end - first
		a.first[i], a.count[i] = int32(first), int32(n)
		head := math.Min(float64(first+1), hi) - math.Max(float64(first), lo)
		tail := math.Min(float64(end), hi) - float64(end-1)
		w := a.weight[i*a.taps:][:n]
		if n == 1 {
			w[0] = 1
			continue
		}
		sum := head + float64(n-2) + tail
		whole := float32(1 / sum)
		for k := range w {
			w[k] = whole
		}
		w[0], w[n-1] = float32(head/sum), float32(tail/sum)
	}
	return a
}
