package imaging

import (
	"image"
	"image/color"

	"pairmill/schemas"
)

// flattenAs is flatten for formats whose decoder must agree with the header that the limits have seen.
func flattenAs(img image.Image, h Header) (*Pixels, error) {
	if b := img.Bounds(); b.Dx() != h.Width || b.Dy() != h.Height {
		return nil, refuse(schemas.ImageCorrupt, "%s of %d×%d became %d×%d", h.Format, h.Width, h.Height, b.Dx(), b.Dy())
	}
	return flatten(img), nil
}

// flatten turns any image into RGB on white. The types that decoders return have loops of their own.
func flatten(img image.Image) *Pixels {
	switch m := img.(type) {
	case *image.Gray:
		return flattenEach(m.Rect, func(d []byte, x, y int) {
			v := m.Pix[m.PixOffset(x, y)]
			d[0], d[1], d[2] = v, v, v
		})
	case *image.NRGBA:
		return flattenEach(m.Rect, func(d []byte, x, y int) {
			s := m.Pix[m.PixOffset(x, y):]
			overWhite(d, s[0], s[1], s[2], s[3])
		})
	case *image.RGBA:
		return flattenEach(m.Rect, func(d []byte, x, y int) {
			s := m.Pix[m.PixOffset(x, y):]
			d[0], d[1], d[2] = addWhite(s[0], s[3]), addWhite(s[1], s[3]), addWhite(s[2], s[3])
		})
	case *image.NRGBA64:
		return flattenEach(m.Rect, func(d []byte, x, y int) {
			c := m.NRGBA64At(x, y)
			d[0], d[1], d[2] = overWhite16(c.R, c.A), overWhite16(c.G, c.A), overWhite16(c.B, c.A)
		})
	case *image.Paletted:
		return flattenPaletted(m)
	case *image.CMYK:
		return flattenEach(m.Rect, func(d []byte, x, y int) {
			s := m.Pix[m.PixOffset(x, y):]
			inkRGB(d, 255-s[0], 255-s[1], 255-s[2], 255-s[3])
		})
	}
	return flattenEach(img.Bounds(), func(d []byte, x, y int) { colorOverWhite(d, img.At(x, y)) })
}

func flattenEach(r image.Rectangle, pixel func(d []byte, x, y int)) *Pixels {
	p := newPixels(r.Dx(), r.Dy())
	at := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			pixel(p.Pix[at:at+3:at+3], x, y)
			at += 3
		}
	}
	return p
}

// flattenPaletted maps indices past the palette to black, as browsers do.
func flattenPaletted(m *image.Paletted) *Pixels {
	var table [256][3]byte
	for i, c := range m.Palette[:min(len(m.Palette), 256)] {
		colorOverWhite(table[i][:], c)
	}
	return flattenEach(m.Rect, func(d []byte, x, y int) { copy(d, table[m.Pix[m.PixOffset(x, y)]][:]) })
}

func colorOverWhite(d []byte, c color.Color) {
	r, g, b, a := c.RGBA()
	white := 0xffff - a
	d[0], d[1], d[2] = to8(r+white), to8(g+white), to8(b+white)
}

// to8 rounds a 16-bit sample to 8 bits: v × 255 / 65535.
func to8(v uint32) byte { return byte((min(v, 0xffff) + 128) / 257) }

// overWhite composites a straight-alpha colour onto white: c·a + 255·(1−a), rounded.
func overWhite(d []byte, r, g, b, a byte) {
	if a == 255 {
		d[0], d[1], d[2] = r, g, b
		return
	}
	over := func(c byte) byte { return byte((uint32(c)*uint32(a) + 255*(255-uint32(a)) + 127) / 255) }
	d[0], d[1], d[2] = over(r), over(g), over(b)
}

// addWhite composites a premultiplied sample.
func addWhite(c, a byte) byte { return byte(min(uint32(c)+255-uint32(a), 255)) }

func overWhite16(c, a uint16) byte {
	return to8(uint32((uint64(c)*uint64(a) + 0xffff*uint64(0xffff-a) + 0x7fff) / 0xffff))
}

// inkRGB turns inverted CMYK (255 is no ink) into RGB without a profile: c·k / 255, rounded.
func inkRGB(d []byte, c, m, y, k byte) {
	ink := func(v byte) byte { return byte((uint32(v)*uint32(k) + 127) / 255) }
	d[0], d[1], d[2] = ink(c), ink(m), ink(y)
}
