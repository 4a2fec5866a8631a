package imaging

// resize returns p at w×h. The size it has already returns p itself.
func (p *Pixels) resize(w, h int, by Interpolation, mem *loan) *Pixels {
	if w == p.W && h == p.H {
		return p
	}
	xs, ys := by.axes(p.W, p.H, w, h)
	return p.resample(xs, ys, mem)
}

func (p *Pixels) resample(xs, ys axis, mem *loan) *Pixels {
	out := mem.pixels(xs.dst, ys.dst)
	resample(out, p, xs, ys, mem)
	return out
}

// resampleGo applies both axes, rounding once at the end or nearly so.
func resampleGo(dst, src *Pixels, xs, ys axis) {
	if ys.weight != nil {
		resampleArea(dst, src, xs, ys)
	} else {
		resampleTaps(dst, src, xs, ys)
	}
}

// resampleArea goes first down the columns, where neighbours in memory do not depend on each other and whole inputs can
// be summed as integers, then along the row. The conversions forbid fused multiply-add, so that every machine, and
// scale.c, get the same sums.
func resampleArea(dst, src *Pixels, xs, ys axis) {
	line, sums := make([]float32, src.W*3), make([]uint32, src.W*3)
	for y := range dst.H {
		columnSums(line, sums, src, ys, y)
		rowSums(dst.Pix[y*dst.W*3:(y+1)*dst.W*3], line, xs)
	}
}

func columnSums(line []float32, sums []uint32, src *Pixels, ys axis, y int) {
	row := func(k int) []byte { return src.Pix[(int(ys.first[y])+k)*len(line):][:len(line)] }
	weight, last := ys.weight[y*ys.taps:], int(ys.count[y])-1
	for i, v := range row(0) {
		line[i] = float32(weight[0] * float32(v))
	}
	if last > 1 {
		clear(sums)
		for k := 1; k < last; k++ {
			for i, v := range row(k) {
				sums[i] += uint32(v)
			}
		}
		for i, v := range sums {
			line[i] += float32(weight[1] * float32(v))
		}
	}
	if last > 0 {
		for i, v := range row(last) {
			line[i] += float32(weight[last] * float32(v))
		}
	}
}

func rowSums(dst []byte, line []float32, xs axis) {
	for x, first := range xs.first {
		at := int(first) * 3
		var r, g, b float32
		for _, w := range xs.weight[x*xs.taps:][:xs.count[x]] {
			s := line[at : at+3 : at+3]
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
