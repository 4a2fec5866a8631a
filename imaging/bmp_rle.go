package imaging

import "pairmill/schemas"

// unpackRLE decodes RLE8 and RLE4 ([MS-WMF] 3.1.6.4). Pixels that the stream skips have colour 0. A stream that ends
// before its end mark is truncated unless every pixel was there.
func (f *bmpFile) unpackRLE() (*Pixels, error) {
	r := bmpRun{f: f, index: make([]byte, f.w*f.h)}
	for !r.done {
		if !r.step() {
			return nil, refuse(schemas.ImageTruncated, "bmp run ends in row %d of %d", r.y, f.h)
		}
	}
	p := newPixels(f.w, f.h)
	for y := range f.h {
		line := f.line(p, y)
		for x, v := range r.index[y*f.w : (y+1)*f.w] {
			f.paint(line[x*3:], v)
		}
	}
	return p, nil
}

// bmpRun is the place of a decoder in stream and picture.
type bmpRun struct {
	f     *bmpFile
	index []byte
	at    int
	x, y  int
	done  bool
}

// step reads one code; false means that the stream is over.
func (r *bmpRun) step() bool {
	s := r.f.pixels
	if r.at+2 > len(s) {
		r.done = r.y >= r.f.h || r.y == r.f.h-1 && r.x >= r.f.w
		return r.done
	}
	n, v := int(s[r.at]), s[r.at+1]
	r.at += 2
	if n > 0 {
		for i := range n {
			r.put(r.nibble([]byte{v}, i))
		}
		return true
	}
	switch v {
	case 0:
		r.x, r.y = 0, r.y+1
	case 1:
		r.done = true
	case 2:
		if r.at+2 > len(s) {
			return false
		}
		r.x, r.y = r.x+int(s[r.at]), r.y+int(s[r.at+1])
		r.at += 2
	default:
		return r.literal(int(v))
	}
	return true
}

// literal copies n indices; the stream pads them to 16 bits.
func (r *bmpRun) literal(n int) bool {
	size := n
	if r.f.compression == bmpRLE4 {
		size = (n + 1) / 2
	}
	if r.at+size > len(r.f.pixels) {
		return false
	}
	src := r.f.pixels[r.at : r.at+size]
	for i := range n {
		b := src[min(i, size-1):]
		if r.f.compression == bmpRLE4 {
			b = src[i/2:]
		}
		r.put(r.nibble(b, i))
	}
	r.at += size + size&1
	return true
}

// nibble is index i of a repeated byte: RLE4 alternates between its halves.
func (r *bmpRun) nibble(b []byte, i int) byte {
	switch {
	case r.f.compression == bmpRLE8:
		return b[0]
	case i&1 == 0:
		return b[0] >> 4
	}
	return b[0] & 15
}

// put drops what lies outside the picture.
func (r *bmpRun) put(v byte) {
	if r.x < r.f.w && r.y < r.f.h {
		r.index[r.y*r.f.w+r.x] = v
	}
	r.x++
}
