package imaging

import (
	"image"
	"math"
)

// Box is a part of a picture to be blurred: its corners as shares of width and height, 0 to 1, counted on the picture as
// stored, that is before its EXIF orientation is applied. So does img2dataset, and so do the detectors that read files
// without turning them. Corners may come in any order; what lies outside the picture is cut; a coordinate that is not a
// number counts as the outer edge, so that a broken box hides too much and not too little.
type Box struct{ X0, Y0, X1, Y1 float64 }

// blurMargin is how far a box is grown, and blurSigma how strong its blur is, in shares of the box's longer side: the
// recipe of ImageNet's face obfuscation (Yang et al., 2022), which img2dataset takes over and calls the diagonal.
const (
	blurMargin = 0.1
	blurSigma  = 0.1
)

// pixels places b on a w×h picture, not yet grown.
func (b Box) pixels(w, h int) image.Rectangle {
	x0, x1 := span(b.X0, b.X1, w)
	y0, y1 := span(b.Y0, b.Y1, h)
	return image.Rect(x0, y0, x1, y1)
}

func span(from, to float64, n int) (int, int) {
	if math.IsNaN(from) {
		from = 0
	}
	if math.IsNaN(to) {
		to = 1
	}
	from, to = min(from, to), max(from, to)
	return int(min(max(from, 0), 1) * float64(n)), int(min(max(to, 0), 1) * float64(n))
}

// grown adds the margin on all sides and cuts the result to the picture.
func grown(r image.Rectangle, w, h int) image.Rectangle {
	m := blurMargin * float64(max(r.Dx(), r.Dy()))
	low := func(v, n int) int { return min(max(int(float64(v)-m), 0), n-1) }
	high := func(v, n int) int { return min(max(int(float64(v)+m), 0), n) }
	return image.Rect(low(r.Min.X, w), low(r.Min.Y, h), high(r.Max.X, w), high(r.Max.Y, h))
}
