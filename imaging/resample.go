package imaging

// resize returns p at w×h. The size it has already returns p itself.
func (p *Pixels) resize(w, h int) *Pixels {
	if w == p.W && h == p.H {
		return p
	}
	out := newPixels(w, h)
	resample(out, p, axisFor(p.W, w), axisFor(p.H, h))
	return out
}

// resampleGo applies both axes in 32-bit floats: first down the columns, where neighbours in memory do not depend on
// each other, then along the row, rounding once at the end. The conversions forbid fused multiply-add, so that every
// machine, and resample.c, get the same sums.
func resampleGo(dst, src *Pixels, xs, ys axis) {
	row := make([]float32, src.W*3)
	for y := range dst.H {
		columnSums(row, src, ys, y)
		rowSums(dst.Pix[y*dst.W*3:(y+1)*dst.W*3], row, xs)
	}
}

func columnSums(row []float32, src *Pixels, ys axis, y int) {
	clear(row)
	at := int(ys.first[y]) * src.W * 3
	for _, w := range ys.weight[ys.off[y]:ys.off[y+1]] {
		line := src.Pix[at : at+len(row)]
		for i, v := range line {
			row[i] += float32(w * float32(v))
		}
		at += len(row)
	}
}

func rowSums(dst []byte, row []float32, xs axis) {
	for x, first := range xs.first {
		at := int(first) * 3
		var r, g, b float32
		for _, w := range xs.weight[xs.off[x]:xs.off[x+1]] {
			s := row[at : at+3 : at+3]
			r += float32(w * s[0])
			g += float32(w * s[1])
			b += float32(w * s[2])
			at += 3
		}
		d := dst[x*3 : x*3+3 : x*3+3]
		d[0], d[1], d[2] = round8(r), round8(g), round8(b)
	}
}

func round8(v float32) byte { return byte(min(max(v+0.5, 0), 255)) }
