package picturebook

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/vector"
)

// canvas paints anti-aliased paths, in pixels.
type canvas struct {
	img  *image.RGBA
	rast *vector.Rasterizer
}

func newCanvas(side int) canvas {
	return canvas{image.NewRGBA(image.Rect(0, 0, side, side)), vector.NewRasterizer(side, side)}
}

// mask is the coverage of a path.
func (c canvas) mask(p path) *image.Alpha {
	b := c.img.Bounds()
	c.rast.Reset(b.Dx(), b.Dy())
	c.rast.DrawOp = draw.Src
	for _, polygon := range p {
		c.rast.MoveTo(float32(polygon[0].x), float32(polygon[0].y))
		for _, q := range polygon[1:] {
			c.rast.LineTo(float32(q.x), float32(q.y))
		}
		c.rast.ClosePath()
	}
	m := image.NewAlpha(b)
	c.rast.Draw(m, b, image.Opaque, image.Point{})
	return m
}

// paint lays colour over the picture where the mask lets it.
func (c canvas) paint(m *image.Alpha, colour color.RGBA) {
	draw.DrawMask(c.img, c.img.Bounds(), image.NewUniform(colour), image.Point{}, m, image.Point{}, draw.Over)
}

func (c canvas) fill(p path, colour color.RGBA) { c.paint(c.mask(p), colour) }

// within cuts a mask down to another one.
func within(m, limit *image.Alpha) *image.Alpha {
	for i, v := range limit.Pix {
		m.Pix[i] = uint8(uint16(m.Pix[i]) * uint16(v) / 255)
	}
	return m
}

// stroked is the path that covers a pen of the given width drawn along the lines, with round joins. Every piece winds the same
// way, because the rasterizer lets opposite windings cancel.
func stroked(p path, width float64, closed bool) path {
	var out path
	for _, line := range p {
		n := len(line)
		for i, a := range line {
			out = append(out, arc(a.x, a.y, width/2, 0, 2*math.Pi, 12))
			if i == n-1 && !closed {
				break
			}
			if quad := segment(a, line[(i+1)%n], width); quad != nil {
				out = append(out, quad)
			}
		}
	}
	return out
}

// segment is the rectangle around a to b, winding like arc does; nil where both are one point.
func segment(a, b point, width float64) []point {
	dx, dy := b.x-a.x, b.y-a.y
	length := math.Hypot(dx, dy)
	if length == 0 {
		return nil
	}
	nx, ny := -dy/length*width/2, dx/length*width/2
	return []point{{a.x - nx, a.y - ny}, {b.x - nx, b.y - ny}, {b.x + nx, b.y + ny}, {a.x + nx, a.y + ny}}
}
