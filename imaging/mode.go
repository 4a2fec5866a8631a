package imaging

import (
	"math"
	"slices"
)

// Mode says how a picture is brought to Config.Side. The names are img2dataset's.
type Mode string

// The modes. Scaling goes down and up unless Config.OnlyIfBigger.
const (
	Border           Mode = "border"             // longest side to Side, then white borders to a square (default)
	KeepRatio        Mode = "keep_ratio"         // shortest side to Side
	KeepRatioLargest Mode = "keep_ratio_largest" // longest side to Side
	CenterCrop       Mode = "center_crop"        // shortest side to Side, then the middle square
	NoResize         Mode = "no"                 // size kept
)

// Modes lists every mode.
func Modes() []Mode { return []Mode{Border, KeepRatio, KeepRatioLargest, CenterCrop, NoResize} }

// geometry is what a mode makes of an upright picture: scale to w×h, then cut or pad to a canvas of outW×outH, on which
// the picture's top left pixel lies at (x, y); negative offsets cut.
type geometry struct {
	w, h       int
	outW, outH int
	x, y       int
	up         bool // the side that counts is not past the target, so Config.Upscale scales, as in img2dataset
}

// plan computes the geometry for an upright w×h picture.
func (m Mode) plan(w, h, side int, onlyIfBigger bool) geometry {
	asIs := geometry{w: w, h: h, outW: w, outH: h}
	short := m == KeepRatio || m == CenterCrop
	measured := max(w, h)
	if short {
		measured = min(w, h)
	}
	if m == NoResize || onlyIfBigger && measured <= side {
		return asIs
	}
	g := geometry{w: scaled(w, side, measured), h: scaled(h, side, measured), up: measured <= side}
	g.outW, g.outH = g.w, g.h
	if m == CenterCrop || m == Border {
		g.outW, g.outH = side, side
		g.x, g.y = offset(side, g.w), offset(side, g.h)
	}
	return g
}

// scaled rounds half to even, as Python does for img2dataset. A side never vanishes.
func scaled(n, side, measured int) int {
	return max(1, int(math.RoundToEven(float64(n)*(float64(side)/float64(measured)))))
}

// offset centres n on side: an odd pixel goes to the right or bottom, of the border as of the cut.
func offset(side, n int) int {
	if n > side {
		return -((n - side) / 2)
	}
	return (side - n) / 2
}

func (m Mode) valid() bool { return slices.Contains(Modes(), m) }

// piece is the part of the scaled picture that the canvas shows: w×h pixels from (srcX, srcY) to (dstX, dstY).
type piece struct{ w, h, srcX, srcY, dstX, dstY int }

func (g geometry) piece() piece {
	return piece{
		w: min(g.w, g.outW), h: min(g.h, g.outH),
		srcX: max(0, -g.x), srcY: max(0, -g.y), dstX: max(0, g.x), dstY: max(0, g.y),
	}
}

// fit cuts or pads the scaled picture to the canvas.
func (g geometry) fit(p *Pixels, mem *loan) *Pixels {
	if g.outW == p.W && g.outH == p.H {
		return p
	}
	out, c := mem.white(g.outW, g.outH), g.piece()
	for y := range c.h {
		from := ((c.srcY+y)*p.W + c.srcX) * 3
		to := ((c.dstY+y)*g.outW + c.dstX) * 3
		copy(out.Pix[to:to+c.w*3], p.Pix[from:from+c.w*3])
	}
	return out
}
