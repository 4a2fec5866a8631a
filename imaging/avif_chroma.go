package imaging

// The module repeats subsampled chroma where browsers interpolate it, which moves single values at coloured edges by up
// to 30. Its RGB still says what the chroma was: every pixel of a group was made from the same. So it is taken out,
// interpolated, and put back. What remains is within two or three levels of libavif's own interpolation, and more only
// where samples were cut off at 0 or 255.

// chromaMatrix has the luma weights of red and blue in a matrix of ITU-T H.273; ok is false for what is no such sum.
func chromaMatrix(code int) (kr, kb float32, ok bool) {
	switch code {
	case 1:
		return 0.2126, 0.0722, true
	case 2, 5, 6:
		return 0.299, 0.114, true
	case 9:
		return 0.2627, 0.0593, true
	}
	return 0, 0, false
}

// chroma is a picture's colour differences at half width, and at half height where tall is 2.
type chroma struct {
	kr, kb float32
	w, h   int
	tall   int
	cb, cr []float32
}

// smoothChroma interpolates as libavif does: 9:3:3:1 towards the three nearest groups, 3:1 where only the width is halved.
func smoothChroma(p *Pixels, matrix, tall int) {
	kr, kb, ok := chromaMatrix(matrix)
	if !ok {
		return
	}
	c := chroma{kr: kr, kb: kb, w: (p.W + 1) / 2, h: (p.H + tall - 1) / tall, tall: tall}
	c.cb, c.cr = make([]float32, c.w*c.h), make([]float32, c.w*c.h)
	for y := range c.h {
		for x := range c.w {
			c.cb[y*c.w+x], c.cr[y*c.w+x] = c.group(p, x, y)
		}
	}
	for y := range p.H {
		for x := range p.W {
			c.repaint(p.Pix[(y*p.W+x)*3:], x, y)
		}
	}
}

// group averages the colour differences of one group, leaving out pixels that were cut off, unless all were.
func (c *chroma) group(p *Pixels, gx, gy int) (cb, cr float32) {
	var all, sound [3]float32 // sums, and how many
	for y := gy * c.tall; y < min((gy+1)*c.tall, p.H); y++ {
		for x := gx * 2; x < min((gx+1)*2, p.W); x++ {
			s := p.Pix[(y*p.W+x)*3:]
			r, g, b := float32(s[0]), float32(s[1]), float32(s[2])
			luma := c.kr*r + (1-c.kr-c.kb)*g + c.kb*b
			add(&all, b-luma, r-luma)
			if inside(s[0]) && inside(s[1]) && inside(s[2]) {
				add(&sound, b-luma, r-luma)
			}
		}
	}
	if sound[2] > 0 {
		all = sound
	}
	return all[0] / all[2], all[1] / all[2]
}

func add(sum *[3]float32, cb, cr float32) {
	sum[0], sum[1], sum[2] = sum[0]+cb, sum[1]+cr, sum[2]+1
}

// inside tells a sample that was not cut off.
func inside(v byte) bool { return v != 0 && v != 255 }

// repaint finds the luma through a sample that was not cut off, and adds the interpolated differences to it.
func (c *chroma) repaint(d []byte, x, y int) {
	at := y/c.tall*c.w + x/2
	cb, cr := c.cb[at], c.cr[at]
	luma := float32(d[1]) - c.green(cb, cr)
	switch {
	case inside(d[1]):
	case inside(d[0]):
		luma = float32(d[0]) - cr
	case inside(d[2]):
		luma = float32(d[2]) - cb
	}
	cb, cr = c.between(c.cb, x, y), c.between(c.cr, x, y)
	d[0], d[1], d[2] = round8(luma+cr), round8(luma+c.green(cb, cr)), round8(luma+cb)
}

// green is what green has more than luma.
func (c *chroma) green(cb, cr float32) float32 { return -(c.kr*cr + c.kb*cb) / (1 - c.kr - c.kb) }

func (c *chroma) between(plane []float32, x, y int) float32 {
	sideX := min(max(x/2-1+x&1*2, 0), c.w-1)
	row, side := y/c.tall*c.w, y/c.tall*c.w
	if c.tall == 2 {
		side = min(max(y/2-1+y&1*2, 0), c.h-1) * c.w
	}
	near := 3*plane[row+x/2] + plane[row+sideX]
	far := 3*plane[side+x/2] + plane[side+sideX]
	return (3*near + far) / 16
}
