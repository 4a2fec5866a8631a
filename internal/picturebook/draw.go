package picturebook

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
)

// Draw paints the scene on a square of side pixels, anti-aliased and opaque. A side below 1 gives an empty picture.
func (s Scene) Draw(side int) *image.RGBA {
	c := newCanvas(max(side, 0))
	if side < 1 {
		return c.img
	}
	r := rand.New(rand.NewPCG(s.Seed, scatter))
	c.paintGround(s.Ground, r)
	tones := map[Colour]color.RGBA{}
	for _, t := range s.Things {
		tones[t.Colour] = tinted(objectTones[t.Colour], r)
	}
	for _, o := range s.layout(r) {
		c.paintObject(o, tones[o.thing.Colour], r)
	}
	return c.img
}

func (c canvas) paintObject(o spot, tone color.RGBA, r *rand.Rand) {
	side := float64(c.img.Bounds().Dx())
	size := o.radius * side
	shape := outline(o.thing.Shape).placed(point{o.centre.x * side, o.centre.y * side}, size, o.angle)
	pen := max(size*0.13, side*0.014)
	switch o.thing.Style {
	case Outlined:
		c.fill(stroked(shape, pen*1.15, true), tone)
	case Hatched:
		lines := c.mask(stroked(hatching(shape, max(size*0.3, side*0.028), o.angle-math.Pi/4), pen*0.75, false))
		c.paint(within(lines, c.mask(shape)), tone)
		c.fill(stroked(shape, pen, true), tone)
	case Sketchy:
		c.sketch(shape, size, pen, tone, r)
	default:
		c.fill(shape.moved(size*0.05, size*0.07), faded(ink, 0.16))
		c.fill(shape, tone)
		c.paint(within(c.mask(stroked(shape, pen*0.7, true)), c.mask(shape)), edge(tone))
	}
}

// edge is the rim of a filled shape: the same hue, a little darker, so that white stays visible on pale paper.
func edge(tone color.RGBA) color.RGBA { return blend(tone, ink, 0.16) }

// sketch goes around the shape twice with an unsteady pencil and scribbles inside.
func (c canvas) sketch(shape path, size, pen float64, tone color.RGBA, r *rand.Rand) {
	c.fill(shape, faded(tone, 0.3))
	angle := -math.Pi/4 + (r.Float64()-0.5)*0.8
	scribble := unsteady(hatching(shape, size*0.2, angle), size*0.05, r)
	c.paint(within(c.mask(stroked(scribble, pen*0.6, false)), c.mask(shape)), faded(tone, 0.85))
	for range 2 {
		c.fill(stroked(unsteady(closed(shape), size*0.07, r), pen*0.6, false), tone)
	}
}
