//go:build !turbojpeg || !cgo

package imaging

import (
	"image"
	"image/color"
)

// flattenJPEG converts with interpolated chroma, as libjpeg-turbo does by default ("fancy upsampling", jdsample.c):
// weights 3:1 towards the nearer sample on each halved side. image/color alone would repeat samples, which moves
// pixels at colour edges by up to 60.
func flattenJPEG(m *image.YCbCr) *Pixels {
	p := newPixels(m.Rect.Dx(), m.Rect.Dy())
	rowCb, rowCr := make([]byte, p.W), make([]byte, p.W)
	for y := range p.H {
		upsampleRow(rowCb, m, m.Cb, y)
		upsampleRow(rowCr, m, m.Cr, y)
		luma := m.Y[m.YOffset(m.Rect.Min.X, m.Rect.Min.Y+y):]
		line := p.Pix[y*p.W*3 : (y+1)*p.W*3]
		for x := range p.W {
			d := line[x*3 : x*3+3 : x*3+3]
			d[0], d[1], d[2] = color.YCbCrToRGB(luma[x], rowCb[x], rowCr[x])
		}
	}
	return p
}

// upsampleRow fills one row of full-size chroma. Pictures start at (0, 0), so halving is plain division.
func upsampleRow(dst []byte, m *image.YCbCr, pix []byte, y int) {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	row := func(y, rows int) []byte { return pix[min(max(y, 0), rows-1)*m.CStride:] }
	half := (w + 1) / 2
	side := y/2 - 1 + y&1*2
	switch ratio := m.SubsampleRatio; {
	case ratio == image.YCbCrSubsampleRatio420 && half > 2:
		halvedBoth(dst, row(y/2, (h+1)/2)[:half], row(side, (h+1)/2)[:half])
	case ratio == image.YCbCrSubsampleRatio422 && half > 2:
		halvedWidth(dst, row(y, h)[:half])
	case ratio == image.YCbCrSubsampleRatio440:
		halvedHeight(dst, row(y/2, (h+1)/2), row(side, (h+1)/2), 1+y&1)
	default:
		for x := range dst {
			dst[x] = pix[m.COffset(x, y)]
		}
	}
}

func halvedBoth(dst, near, far []byte) {
	sum := func(i int) int { i = min(max(i, 0), len(near)-1); return 3*int(near[i]) + int(far[i]) }
	last, this := sum(0), sum(0)
	for x := 0; x < len(dst); x += 2 {
		next := sum(x/2 + 1)
		dst[x] = byte((3*this + last + 8) >> 4)
		if x+1 < len(dst) {
			dst[x+1] = byte((3*this + next + 7) >> 4)
		}
		last, this = this, next
	}
}

func halvedWidth(dst, near []byte) {
	for x := range dst {
		side := min(max(x/2-1+x&1*2, 0), len(near)-1)
		dst[x] = byte((3*int(near[x/2]) + int(near[side]) + 1 + x&1) >> 2)
	}
}

func halvedHeight(dst, near, far []byte, bias int) {
	for x := range dst {
		dst[x] = byte((3*int(near[x]) + int(far[x]) + bias) >> 2)
	}
}
