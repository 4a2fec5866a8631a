package imaging

import (
	"encoding/binary"
	"math/bits"
)

func bmpPixels(data []byte, _ Header, _ *loan) (*Pixels, error) {
	f, err := parseBMP(data)
	if err != nil {
		return nil, err
	}
	if f.compression == bmpRLE8 || f.compression == bmpRLE4 {
		return f.unpackRLE()
	}
	p := newPixels(f.w, f.h)
	stride := (f.w*f.bits + 31) / 32 * 4
	row := f.rowReader()
	for y := range f.h {
		row(f.line(p, y), f.pixels[y*stride:])
	}
	return p, nil
}

// line is the output of stored row y. BMP stores the bottom row first unless its height is negative.
func (f *bmpFile) line(p *Pixels, y int) []byte {
	if !f.topDown {
		y = p.H - 1 - y
	}
	return p.Pix[y*p.W*3 : (y+1)*p.W*3]
}

// rowReader returns the loop for this depth; src may be longer than the row.
func (f *bmpFile) rowReader() func(dst, src []byte) {
	switch {
	case f.bits <= 8:
		return f.indexedRow
	case f.bits == 24:
		return func(dst, src []byte) {
			for i := 0; i+3 <= len(dst); i += 3 {
				d, s := dst[i:i+3:i+3], src[i:i+3:i+3]
				d[0], d[1], d[2] = s[2], s[1], s[0]
			}
		}
	}
	return f.maskedRow()
}

func (f *bmpFile) indexedRow(dst, src []byte) {
	per, last := 8/f.bits, byte(1<<f.bits-1)
	for x := range len(dst) / 3 {
		shift := (per - 1 - x%per) * f.bits
		f.paint(dst[x*3:], src[x/per]>>shift&last)
	}
}

// paint writes one palette colour; an index past the palette is black.
func (f *bmpFile) paint(dst []byte, index byte) {
	if int(index) < len(f.palette) {
		copy(dst, f.palette[index][:])
	}
}

// maskedRow reads 16 and 32 bits by their masks. Alpha that is zero everywhere was never meant: browsers show such
// pictures, and so do we.
func (f *bmpFile) maskedRow() func(dst, src []byte) {
	c := [4]bmpChannel{}
	for i, m := range f.masks {
		c[i] = newBMPChannel(m)
	}
	size := f.bits / 8
	at := func(src []byte, x int) uint32 {
		if size == 2 {
			return uint32(binary.LittleEndian.Uint16(src[x*2:]))
		}
		return binary.LittleEndian.Uint32(src[x*4:])
	}
	opaque := f.masks[3] == 0 || f.alphaUnused(at)
	return func(dst, src []byte) {
		for x := range len(dst) / 3 {
			v := at(src, x)
			d := dst[x*3 : x*3+3 : x*3+3]
			d[0], d[1], d[2] = c[0].of(v), c[1].of(v), c[2].of(v)
			if !opaque {
				overWhite(d, d[0], d[1], d[2], c[3].of(v))
			}
		}
	}
}

func (f *bmpFile) alphaUnused(at func(src []byte, x int) uint32) bool {
	stride := (f.w*f.bits + 31) / 32 * 4
	for y := range f.h {
		for x := range f.w {
			if at(f.pixels[y*stride:], x)&f.masks[3] != 0 {
				return false
			}
		}
	}
	return true
}

// bmpChannel takes one channel out of a pixel and scales it to 8 bits, rounding. Masks with gaps count from their lowest
// to their highest bit.
type bmpChannel struct {
	mask      uint32
	shift     int
	top, half uint64
}

func newBMPChannel(mask uint32) bmpChannel {
	shift := bits.TrailingZeros32(mask) & 31
	top := uint64(1)<<bits.Len32(mask>>shift) - 1
	return bmpChannel{mask: mask, shift: shift, top: max(top, 1), half: top / 2}
}

func (c bmpChannel) of(v uint32) byte {
	return byte((uint64(v&c.mask)>>c.shift*255 + c.half) / c.top)
}
