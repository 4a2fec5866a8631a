//go:build deflate && cgo

package imaging

/*
#cgo pkg-config: libdeflate
#cgo CFLAGS: -O3 -Wall -std=c11
#include "png_plain.h"
*/
import "C"

import "unsafe"

// pngBeside is what the rows as they are stored take at most, for each pixel, beside what the other decoder holds.
const pngBeside = 4

// plainPixels decodes an ordinary PNG, or returns nil: then the other decoder says what it makes of the file.
func plainPixels(data []byte, h Header, mem *loan) *Pixels {
	p, ok := parsePlainPNG(data)
	if !ok || p.w != h.Width || p.h != h.Height {
		return nil
	}
	pic := C.pm_plain{
		w: C.int32_t(p.w), h: C.int32_t(p.h), channels: C.int32_t(p.channels), bits: C.int32_t(p.bits),
		table: (*C.uint8_t)(&p.table[0][0]), key: C.int32_t(p.key),
	}
	at := func(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.SliceData(b)) }
	raw, packed := mem.bytes((int(C.pm_plain_row(pic))+1)*p.h+C.PM_PLAIN_SLACK), p.join(mem)
	if C.pm_plain_inflate(at(packed), C.size_t(len(packed)), pic, at(raw)) == 0 {
		return nil
	}
	pix := raw
	if p.channels != 3 {
		pix = mem.bytes(p.w * p.h * 3)
	}
	C.pm_plain_unpack(pic, at(raw), at(pix))
	return &Pixels{W: p.w, H: p.h, Pix: pix[:p.w*p.h*3]}
}

// join puts the parts of the stream behind each other.
func (p *plainPNG) join(mem *loan) []byte {
	if len(p.packed) == 1 {
		return p.packed[0]
	}
	all := mem.bytes(p.size)[:0]
	for _, part := range p.packed {
		all = append(all, part...)
	}
	return all
}

// limitFilters keeps to the kernels of lesser machines, so that tests reach them. Nothing may be decoding meanwhile.
func limitFilters(limit bool) {
	n := C.int(0)
	if limit {
		n = 1
	}
	C.pm_limit_filters(n)
}
