//go:build deflate && cgo

package imaging

import (
	"encoding/binary"
	"hash/crc32"
)

// plainPNG is a PNG of the ordinary kinds taken apart (PNG specification, third edition): up to 8 bits a sample, not
// interlaced, every chunk where it belongs and with the right sum.
type plainPNG struct {
	w, h           int
	bits, channels int
	colour         byte
	entries        int           // of the palette
	table          *[256][3]byte // of one channel
	key            int           // transparent RGB, or -1
	transparent    bool
	packed         [][]byte // bodies of IDAT
	size           int      // of packed
	over           bool     // another chunk came behind IDAT
}

// The colour types.
const (
	pngGrey, pngRGB, pngPalette, pngGreyAlpha, pngRGBA = 0, 2, 3, 4, 6
)

// maxChunk bounds the chunks beside the picture, below what libpng bounds them by.
const maxChunk = 4 << 20

// parsePlainPNG says no to all that libpng could say no to, or see otherwise.
func parsePlainPNG(data []byte) (*plainPNG, bool) {
	p := &plainPNG{key: -1, table: new([256][3]byte)}
	for at := 8; at+12 <= len(data); {
		n := int64(binary.BigEndian.Uint32(data[at:]))
		if n+12 > int64(len(data)-at) {
			return nil, false
		}
		end := at + 8 + int(n)
		id, body := string(data[at+4:at+8]), data[at+8:end]
		if crc32.ChecksumIEEE(data[at+4:end]) != binary.BigEndian.Uint32(data[end:]) || (at == 8) != (id == "IHDR") {
			return nil, false
		}
		if id == "IEND" {
			return p, n == 0 && p.size > 0
		}
		if !p.take(id, body) {
			return nil, false
		}
		at = end + 4
	}
	return nil, false
}

func (p *plainPNG) take(id string, body []byte) bool {
	switch id {
	case "IHDR":
		return p.head(body)
	case "PLTE":
		return p.size == 0 && !p.transparent && p.palette(body)
	case "tRNS":
		return p.size == 0 && !p.transparent && p.transparency(body)
	case "IDAT":
		p.packed, p.size = append(p.packed, body), p.size+len(body)
		return !p.over && (p.colour != pngPalette || p.entries > 0)
	}
	p.over = p.size > 0
	return ancillary(id) && len(body) <= maxChunk
}

// ancillary tells whether a chunk may be passed over.
func ancillary(id string) bool {
	for _, c := range []byte(id) {
		if lower := c | 0x20; lower < 'a' || lower > 'z' {
			return false
		}
	}
	return id[0]&0x20 != 0
}

func (p *plainPNG) head(b []byte) bool {
	if len(b) != 13 || b[10] != 0 || b[11] != 0 || b[12] != 0 {
		return false
	}
	p.w, p.h = clampSide(binary.BigEndian.Uint32(b)), clampSide(binary.BigEndian.Uint32(b[4:]))
	p.bits, p.colour = int(b[8]), b[9]
	p.channels = map[byte]int{pngGrey: 1, pngRGB: 3, pngPalette: 1, pngGreyAlpha: 2, pngRGBA: 4}[p.colour]
	if p.colour == pngGrey {
		p.greys()
	}
	fewer := p.bits == 1 || p.bits == 2 || p.bits == 4
	return p.channels > 0 && (p.bits == 8 || fewer && p.channels == 1)
}

func (p *plainPNG) greys() {
	last := 1<<min(p.bits, 8) - 1
	for i := range last + 1 {
		v := byte(i * 255 / max(last, 1))
		p.table[i] = [3]byte{v, v, v}
	}
}

// palette leaves indices behind its end black.
func (p *plainPNG) palette(b []byte) bool {
	most := 256
	if p.colour == pngPalette {
		most = 1 << p.bits
	}
	if p.entries > 0 || len(b) == 0 || len(b)%3 != 0 || len(b)/3 > most || p.colour == pngGrey || p.colour == pngGreyAlpha {
		return false
	}
	p.entries = len(b) / 3
	if p.colour == pngPalette {
		for i := range p.entries {
			copy(p.table[i][:], b[3*i:])
		}
	}
	return true
}

func (p *plainPNG) transparency(b []byte) bool {
	p.transparent = true
	sample := func(i int) int { return int(binary.BigEndian.Uint16(b[2*i:])) }
	switch {
	case p.colour == pngPalette && len(b) > 0 && len(b) <= p.entries:
		for i, a := range b {
			c := &p.table[i]
			overWhite(c[:], c[0], c[1], c[2], a)
		}
		return true
	case p.colour == pngGrey && len(b) == 2 && sample(0) < 1<<p.bits:
		p.table[sample(0)] = [3]byte{255, 255, 255}
		return true
	case p.colour == pngRGB && len(b) == 6:
		p.key = sample(0)<<16 | sample(1)<<8 | sample(2)
		return max(sample(0), sample(1), sample(2)) < 256
	}
	return false
}
