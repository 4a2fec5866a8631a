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
	support *= stretch
	result := make([]taps, hi-lo)
	for i := range result {
		centre := (float64(lo+i) + 0.5) * scale
		first := max(int(centre-support+0.5), 0)
		last := min(int(centre+support+0.5), in)
		result[i] = taps{first, fixedWeights(weight, centre, 1/stretch, first, last)}
	}
	return result, nil
}

func fixedWeights(weight func(float64) float64, centre, shrink float64, first, last int) []int32 {
	w := make([]float64, last-first)
	sum := 0.0
	for x := range w {
		w[x] = weight((float64(x+first) - centre + 0.5) * shrink)
		sum += w[x]
	}
	fixed := make([]int32, len(w))
	for x, v := range w {
		if sum != 0 {
			v /= sum
		}
		fixed[x] = int32(math.Copysign(0.5, v) + v*(1<<precision)) // half away from zero
	}
	return fixed
}
