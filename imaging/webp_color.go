//go:build !webp || !cgo

package imaging

import "image"

// vp8RGB converts studio-range 4:2:0 YCbCr to RGB with libwebp's numbers, so that pictures look as in a browser: chroma
// is interpolated (src/dsp/upsampling.c), then ITU-R BT.601 applied in 14-bit fixed point (src/dsp/yuv.h). alpha may be
// nil.
func vp8RGB(m *image.YCbCr, alpha []byte, stride int) *Pixels {
	b := m.Bounds()
	p := newPixels(b.Dx(), b.Dy())
	cb, cr := plane{m.Cb, m.CStride, (p.W + 1) / 2, (p.H + 1) / 2}, plane{m.Cr, m.CStride, (p.W + 1) / 2, (p.H + 1) / 2}
	at := 0
	for y := range p.H {
		for x := range p.W {
			luma := int(m.Y[y*m.YStride+x]) * 19077 >> 8
			u, v := cb.diamond(x, y), cr.diamond(x, y)
			d := p.Pix[at : at+3 : at+3]
			d[0] = clip14(luma + v*26149>>8 - 14234)
			d[1] = clip14(luma - u*6419>>8 - v*13320>>8 + 8708)
			d[2] = clip14(luma + u*33050>>8 - 17685)
			if alpha != nil {
				overWhite(d, d[0], d[1], d[2], alpha[y*stride+x])
			}
			at += 3
		}
	}
	return p
}

// clip14 drops the 6 fraction bits and clamps.
func clip14(v int) byte { return byte(min(max(v>>6, 0), 255)) }

// plane is one chroma channel at half the size of the picture.
type plane struct {
	pix    []byte
	stride int
	w, h   int
}

// diamond interpolates the chroma of pixel (x, y) from the four nearest samples with weights 9:3:3:1, in libwebp's order
// of rounding. Rows beyond the picture repeat; at its left and right end only the two samples above each other count.
func (c plane) diamond(x, y int) int {
	nearX, nearY := x/2, y/2
	sideX := nearX - 1 + x&1*2
	sideY := min(max(nearY-1+y&1*2, 0), c.h-1)
	near, below := c.pix[nearY*c.stride:], c.pix[sideY*c.stride:]
	n, v := int(near[nearX]), int(below[nearX])
	if sideX < 0 || sideX >= c.w {
		return (3*n + v + 2) >> 2
	}
	h, d := int(near[sideX]), int(below[sideX])
	return ((n+3*h+3*v+d+8)>>3 + n) >> 1
}
