package clip

import (
	"fmt"
	"math"
)

// Filter is a resampling kernel, numbered as in Pillow and in preprocessor_config.json.
type Filter int

// The kernels that models use.
const (
	Lanczos  Filter = 1
	Bilinear Filter = 2
	Bicubic  Filter = 3
)

// kernel returns the weight function and the distance at which it becomes zero, in source pixels at scale 1.
func (f Filter) kernel() (weight func(float64) float64, support float64, err error) {
	switch f {
	case Lanczos:
		return lanczos, 3, nil
	case Bilinear:
		return triangle, 1, nil
	case Bicubic:
		return cubic, 2, nil
	}
	return nil, 0, fmt.Errorf("resample %d is not supported (1 is Lanczos, 2 bilinear, 3 bicubic)", int(f))
}

func triangle(x float64) float64 { return max(0, 1-math.Abs(x)) }

// cubic is Keys' kernel with a = -0.5, as in Pillow; OpenCV uses -0.75.
func cubic(x float64) float64 {
	const a = -0.5
	x = math.Abs(x)
	switch {
	case x < 1:
		return ((a+2)*x-(a+3))*x*x + 1
	case x < 2:
		return (((x-5)*x+8)*x - 4) * a
	}
	return 0
}

func lanczos(x float64) float64 {
	if x < -3 || x >= 3 {
		return 0
	}
	return sinc(x) * sinc(x/3)
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	x *= math.Pi
	return math.Sin(x) / x
}

// precision is the number of fraction bits of a weight: 32 bits less 8 for the pixel and 2 for sign and overshoot.
const precision = 32 - 8 - 2

// taps are the source pixels that make one output pixel, with fixed-point weights.
type taps struct {
	first   int
	weights []int32
}

// axisTaps computes the taps for output positions [lo, hi) of an axis that goes from in to out pixels. When shrinking,
// the kernel is stretched by the ratio, which is what makes the result free of aliases.
func axisTaps(f Filter, in, out, lo, hi int) ([]taps, error) {
	weight, support, err := f.kernel()
	if err != nil {
		return nil, err
	}
	scale := float64(in) / float64(out)
	stretch := max(scale, 1)
	shrink := 1 / stretch
	support *= stretch
	result := make([]taps, hi-lo)
	fixed := make([]int32, 0, (hi-lo)*(int(math.Ceil(support))*2+1))
	exact := make([]float64, int(math.Ceil(support))*2+1)
	for i := range result {
		centre := (float64(lo+i) + 0.5) * scale
		first := max(int(centre-support+0.5), 0)
		last := min(int(centre+support+0.5), in)
		w := exact[:last-first]
		for x := range w {
			w[x] = weight((float64(x+first) - centre + 0.5) * shrink)
		}
		start := len(fixed)
		fixed = appendFixed(fixed, w)
		result[i] = taps{first, fixed[start:]}
	}
	return result, nil
}

// appendFixed appends the weights, scaled to a sum of 1, in fixed point.
func appendFixed(dst []int32, weights []float64) []int32 {
	sum := 0.0
	for _, w := range weights {
		sum += w
	}
	for _, w := range weights {
		if sum != 0 {
			w /= sum
		}
		dst = append(dst, int32(math.Copysign(0.5, w)+w*(1<<precision))) // half away from zero
	}
	return dst
}
