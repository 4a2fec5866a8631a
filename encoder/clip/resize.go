package clip

import "pairmill/encoder"

// window is a part of the resized picture, in its pixels.
type window struct{ x, y, w, h int }

// resize scales p to w×h pixels and returns the part of the result inside win. It computes nothing outside: a picture
// of 1×100,000 pixels costs no more than its own size, though its scaled form would be huge.
//
// The arithmetic is Pillow's (src/libImaging/Resample.c describes the method): a horizontal pass, then a vertical
// one, each rounding to 8 bits, with weights in fixed point; an axis whose size stays is left as it is.
func resize(p encoder.Pixels, w, h int, f Filter, win window) (encoder.Pixels, error) {
	rows, err := axisTaps(f, p.H, h, win.y, win.y+win.h)
	if err != nil {
		return encoder.Pixels{}, err
	}
	top, bottom := win.y, win.y+win.h
	if p.H != h {
		top, bottom = span(rows)
	}
	mid, err := horizontal(p, w, f, win, top, bottom)
	if err != nil || p.H == h {
		return mid, err
	}
	return vertical(mid, rows, top), nil
}

// span is the range of source pixels that the taps touch.
func span(all []taps) (lo, hi int) {
	lo = all[0].first
	for _, t := range all {
		lo, hi = min(lo, t.first), max(hi, t.first+len(t.weights))
	}
	return lo, hi
}

// horizontal scales rows [top, bottom) of p to width w and keeps the window's columns.
func horizontal(p encoder.Pixels, w int, f Filter, win window, top, bottom int) (encoder.Pixels, error) {
	out := encoder.Pixels{W: win.w, H: bottom - top, RGB: make([]byte, win.w*(bottom-top)*3)}
	if p.W == w {
		for y := range out.H {
			copy(out.RGB[y*win.w*3:(y+1)*win.w*3], p.RGB[((top+y)*p.W+win.x)*3:])
		}
		return out, nil
	}
	cols, err := axisTaps(f, p.W, w, win.x, win.x+win.w)
	if err != nil {
		return out, err
	}
	for y := range out.H {
		src := p.RGB[(top+y)*p.W*3 : (top+y+1)*p.W*3]
		dst := out.RGB[y*win.w*3 : (y+1)*win.w*3]
		for x, t := range cols {
			r, g, b := int32(half), int32(half), int32(half)
			px := src[t.first*3 : (t.first+len(t.weights))*3]
			for i, k := range t.weights {
				v := px[i*3 : i*3+3 : i*3+3]
				r += int32(v[0]) * k
				g += int32(v[1]) * k
				b += int32(v[2]) * k
			}
			dst[x*3], dst[x*3+1], dst[x*3+2] = clip8(r), clip8(g), clip8(b)
		}
	}
	return out, nil
}

// vertical scales p, whose first row is source row top, along its columns.
func vertical(p encoder.Pixels, rows []taps, top int) encoder.Pixels {
	stride := p.W * 3
	out := encoder.Pixels{W: p.W, H: len(rows), RGB: make([]byte, stride*len(rows))}
	sums := make([]int32, stride)
	for y, t := range rows {
		for i := range sums {
			sums[i] = half
		}
		for i, k := range t.weights {
			src := p.RGB[(t.first-top+i)*stride:][:stride]
			for j, v := range src {
				sums[j] += int32(v) * k
			}
		}
		dst := out.RGB[y*stride : (y+1)*stride]
		for j, s := range sums {
			dst[j] = clip8(s)
		}
	}
	return out
}

const half = 1 << (precision - 1)

func clip8(v int32) byte { return byte(max(0, min(255, v>>precision))) }
