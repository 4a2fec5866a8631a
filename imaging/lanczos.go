package imaging

import "math"

// lanczosLobes is a of the Lanczos window: eight taps, as OpenCV's INTER_LANCZOS4.
const lanczosLobes = 4

// lanczosAxis interpolates with pixel centres aligned (output i lies at (i+½)·src/dst − ½) and borders repeated. It does
// not widen its kernel, so it is for growing only.
func lanczosAxis(src, dst int) axis {
	a := newAxis(dst, 2*lanczosLobes)
	scale := float64(src) / float64(dst)
	for i := range dst {
		centre := (float64(i)+0.5)*scale - 0.5
		base := int(math.Floor(centre)) - lanczosLobes + 1
		first := min(max(base, 0), src-1)
		last := min(max(base+2*lanczosLobes-1, 0), src-1)
		weights := make([]float64, last-first+1)
		for k := range 2 * lanczosLobes {
			at := min(max(base+k, 0), src-1)
			weights[at-first] += lanczos(centre - float64(base+k))
		}
		a.add(first, weights...)
	}
	return a
}

func lanczos(x float64) float64 {
	if x == 0 {
		return 1
	}
	if x <= -lanczosLobes || x >= lanczosLobes {
		return 0
	}
	t := math.Pi * x
	return lanczosLobes * math.Sin(t) * math.Sin(t/lanczosLobes) / (t * t)
}
