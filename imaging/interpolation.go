package imaging

import "slices"

// Interpolation names how a picture is scaled. The names are img2dataset's, the kernels and their rounding OpenCV's: none
// widens when shrinking, so that for shrinking only Area is free of aliasing.
type Interpolation string

// The interpolations. Bilinear, Bicubic and Lanczos4 are other names of Linear, Cubic and Lanczos.
const (
	Nearest  Interpolation = "nearest"  // INTER_NEAREST: one pixel
	Linear   Interpolation = "linear"   // INTER_LINEAR: 2×2 pixels
	Bilinear Interpolation = "bilinear" // Linear
	Cubic    Interpolation = "cubic"    // INTER_CUBIC: 4×4 pixels, a = −0.75
	Bicubic  Interpolation = "bicubic"  // Cubic
	Area     Interpolation = "area"     // INTER_AREA: exact averages down, a kind of Linear up
	Lanczos  Interpolation = "lanczos"  // INTER_LANCZOS4: 8×8 pixels
	Lanczos4 Interpolation = "lanczos4" // Lanczos
)

// Interpolations lists every name.
func Interpolations() []Interpolation {
	return []Interpolation{Nearest, Linear, Bilinear, Cubic, Bicubic, Area, Lanczos, Lanczos4}
}

func (i Interpolation) valid() bool { return slices.Contains(Interpolations(), i) }

// plain returns the one name of a kernel.
func (i Interpolation) plain() Interpolation {
	switch i {
	case Bilinear:
		return Linear
	case Bicubic:
		return Cubic
	case Lanczos4:
		return Lanczos
	}
	return i
}

// axes returns the weights of both sides. OpenCV takes one kernel for both, even where one of them keeps its size.
func (i Interpolation) axes(w, h, toW, toH int) (xs, ys axis) {
	if i == Area && toW <= w && toH <= h {
		return areaAxis(w, toW), areaAxis(h, toH)
	}
	return i.axis(w, toW), i.axis(h, toH)
}

func (i Interpolation) axis(src, dst int) axis {
	if src == dst {
		return identityAxis(src)
	}
	switch i.plain() {
	case Nearest:
		return nearestAxis(src, dst)
	case Linear:
		return linearAxis(src, dst)
	case Cubic:
		return cubicAxis(src, dst)
	case Area:
		return areaUpAxis(src, dst)
	}
	return lanczosAxis(src, dst)
}
