package imaging

// Between the two passes, numbers keep this many bits behind the point, so that they fit into 16 bits: Lanczos
// overshoots by less than a third. What that rounds off is far below a step of 256.
const (
	fixedBits   = 11
	betweenBits = 6
	acrossBits  = fixedBits - betweenBits
	downBits    = fixedBits + betweenBits
)

// resampleTaps goes along the rows first: growing, there are fewer of them.
func resampleTaps(dst, src *Pixels, xs, ys axis) {
	between := make([]int16, dst.W*3*src.H)
	for y := range src.H {
		tapsAcross(between[y*dst.W*3:][:dst.W*3], src.Pix[y*src.W*3:][:src.W*3], xs)
	}
	for y := range dst.H {
		tapsDown(dst.Pix[y*dst.W*3:][:dst.W*3], between[int(ys.first[y])*dst.W*3:], ys.fixed[y*ys.taps:][:ys.count[y]])
	}
}

func tapsAcross(out []int16, row []byte, xs axis) {
	for x, first := range xs.first {
		at := int(first) * 3
		var r, g, b int32 = 1 << (acrossBits - 1), 1 << (acrossBits - 1), 1 << (acrossBits - 1)
		for _, w := range xs.fixed[x*xs.taps:][:xs.count[x]] {
			s := row[at : at+3 : at+3]
			r += int32(w) * int32(s[0])
			g += int32(w) * int32(s[1])
			b += int32(w) * int32(s[2])
			at += 3
		}
		d := out[x*3 : x*3+3 : x*3+3]
		d[0], d[1], d[2] = int16(r>>acrossBits), int16(g>>acrossBits), int16(b>>acrossBits)
	}
}

func tapsDown(dst []byte, rows []int16, weights []int16) {
	for i := range dst {
		sum := int32(1) << (downBits - 1)
		for k, w := range weights {
			sum += int32(w) * int32(rows[k*len(dst)+i])
		}
		dst[i] = byte(min(max(sum>>downBits, 0), 255))
	}
}
