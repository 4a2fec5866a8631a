package imaging

import "image"

// floats is a part of a picture in floats, with n samples to a pixel.
type floats struct {
	r   image.Rectangle
	n   int
	pix []float32
}

func newFloats(r image.Rectangle, n int) *floats {
	return &floats{r: r, n: n, pix: make([]float32, r.Dx()*r.Dy()*n)}
}

func (p *floats) at(x, y int) []float32 {
	return p.pix[((y-p.r.Min.Y)*p.r.Dx()+x-p.r.Min.X)*p.n:][:p.n]
}

// fill sets the samples in r to 1.
func (p *floats) fill(r image.Rectangle) {
	r = r.Intersect(p.r)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			p.at(x, y)[0] = 1
		}
	}
}

func (p *floats) load(from *Pixels) {
	for y := p.r.Min.Y; y < p.r.Max.Y; y++ {
		line := from.Pix[(y*from.W+p.r.Min.X)*3:][:p.r.Dx()*3]
		for i, v := range line {
			p.pix[(y-p.r.Min.Y)*p.r.Dx()*3+i] = float32(v)
		}
	}
}

// scaled resizes in floats: averages down, linear up.
func (p *floats) scaled(w, h int) *floats {
	xs, ys := smoothAxis(p.r.Dx(), w), smoothAxis(p.r.Dy(), h)
	out := newFloats(image.Rect(0, 0, w, h), p.n)
	row := make([]float32, p.r.Dx()*p.n)
	for y := range h {
		clear(row)
		for k := range int(ys.count[y]) {
			v := ys.share(y, k)
			for i, s := range p.pix[(int(ys.first[y])+k)*len(row):][:len(row)] {
				row[i] += v * s
			}
		}
		for x := range w {
			d := out.pix[(y*w+x)*p.n:][:p.n]
			for k := range int(xs.count[x]) {
				v := xs.share(x, k)
				for c := range d {
					d[c] += v * row[(int(xs.first[x])+k)*p.n+c]
				}
			}
		}
	}
	return out
}

func smoothAxis(src, dst int) axis {
	if dst <= src {
		return areaAxis(src, dst)
	}
	return linearAxis(src, dst)
}

// share is the weight of tap k of output i, of either kind of axis.
func (a *axis) share(i, k int) float32 {
	if a.weight != nil {
		return a.weight[i*a.taps+k]
	}
	return float32(a.fixed[i*a.taps+k]) / fixed
}
