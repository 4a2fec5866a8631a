package picturebook

import (
	"image/color"
	"math"
	"math/rand/v2"
)

// paintGround covers the whole picture.
func (c canvas) paintGround(g Ground, r *rand.Rand) {
	first := tinted(groundTones[g.Colour], r)
	second := partner(first)
	side := float64(c.img.Bounds().Dx())
	switch g.Pattern {
	case Gradient:
		c.gradient(blend(first, paper, 0.25), blend(second, ink, 0.12), r)
		return
	case Striped:
		c.plain(first)
		c.fill(stripes(side, side*(0.08+0.06*r.Float64()), math.Pi*r.Float64()), second)
	case Dotted:
		c.plain(first)
		c.fill(dots(side, side*(0.1+0.06*r.Float64())), second)
	default:
		c.plain(first)
	}
}

func (c canvas) plain(colour color.RGBA) {
	for i := 0; i < len(c.img.Pix); i += 4 {
		c.img.Pix[i], c.img.Pix[i+1], c.img.Pix[i+2], c.img.Pix[i+3] = colour.R, colour.G, colour.B, 255
	}
}

// gradient runs from one side or corner to the opposite one.
func (c canvas) gradient(from, to color.RGBA, r *rand.Rand) {
	sin, cos := math.Sincos(2 * math.Pi * r.Float64())
	reach := math.Abs(sin) + math.Abs(cos)
	side := c.img.Bounds().Dx()
	for y := range side {
		for x := range side {
			u, v := (float64(x)+0.5)/float64(side)-0.5, (float64(y)+0.5)/float64(side)-0.5
			c.img.SetRGBA(x, y, blend(from, to, (u*cos+v*sin)/reach+0.5))
		}
	}
}

// stripes are bands as wide as the gaps between them.
func stripes(side, width, angle float64) path {
	sin, cos := math.Sincos(angle)
	var p path
	for d := -side; d < side; d += 2 * width {
		m := point{side/2 - sin*d, side/2 + cos*d}
		p = append(p, segment(point{m.x - cos*side, m.y - sin*side}, point{m.x + cos*side, m.y + sin*side}, width))
	}
	return p
}

// dots sit on a grid whose every second row is shifted by half a step.
func dots(side, step float64) path {
	var p path
	for row := 0; float64(row)*step*0.87 < side+step; row++ {
		shift := step / 2 * float64(row%2)
		for x := shift; x < side+step; x += step {
			p = append(p, arc(x, float64(row)*step*0.87, step*0.24, 0, 2*math.Pi, 20))
		}
	}
	return p
}
