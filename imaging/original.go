package imaging

import (
	"bytes"
	"encoding/binary"
)

// keeps tells whether the downloaded bytes may stand for the picture: a viewer who knows nothing of orientations,
// transparency, animation, inks, profiles or 16-bit samples sees in them what a Processor would write.
func keeps(data []byte, h Header, o order) bool {
	return o.skip && o.format == h.Format && o.colour.to == nil && o.asStored(h) && !h.Animated && h.bits <= 8 && h.components != 4 && !hasAlpha(data, h.Format)
}

// asStored tells whether nothing moves or hides a pixel.
func (o order) asStored(h Header) bool {
	g := o.g
	w, ht := h.Upright()
	return h.Orientation == 1 && len(o.boxes) == 0 && g.w == w && g.h == ht && g.outW == w && g.outH == ht
}

// hasAlpha tells whether a PNG or WebP announces transparency.
func hasAlpha(data []byte, f Format) bool {
	switch {
	case f == PNG && len(data) > 25:
		return data[25] == 4 || data[25] == 6 || pngTransparency(data)
	case f == WebP && len(data) > 24:
		switch string(data[12:16]) {
		case "VP8X":
			return data[20]&0x10 != 0
		case "VP8L": // behind signature and sides, RFC 9649 section 3.4
			return data[24]&0x10 != 0
		}
	}
	return false
}

// pngTransparency looks for tRNS, which comes before the pixels.
func pngTransparency(data []byte) bool {
	for at := 8; at+12 <= len(data); {
		kind := data[at+4 : at+8]
		if bytes.Equal(kind, []byte("IDAT")) {
			return false
		}
		if bytes.Equal(kind, []byte("tRNS")) {
			return true
		}
		n := int64(binary.BigEndian.Uint32(data[at:]))
		if n+12 > int64(len(data)-at) {
			return false
		}
		at += int(n) + 12
	}
	return false
}
