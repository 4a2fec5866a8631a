//go:build webp && cgo

package imaging

/*
#cgo pkg-config: libwebp
#include <webp/decode.h>
#include "webp_decode.h"
*/
import "C"

import (
	"unsafe"

	"pairmill/schemas"
)

const webpInGo = false

// perPixel counts the RGB or RGBA that is asked for, and the planes that libwebp takes: four bytes of a lossless frame, one of
// alpha with four to unpack it.
func (fr *webpFrame) perPixel() int {
	switch {
	case fr.lossless != nil:
		return 4 + 4
	case fr.alpha != nil:
		return 4 + 1 + 4
	}
	return 3
}

// pixels lets libwebp write into memory of ours. What it takes itself, a few rows or a second plane, goes with the call.
func (fr *webpFrame) pixels(mem *loan) (*Pixels, error) {
	data, channels := fr.bitstream(), 3
	if fr.transparent() {
		channels = 4
	}
	pix := mem.bytes(fr.w * fr.h * channels)
	status := C.pm_webp((*C.uint8_t)(unsafe.SliceData(data)), C.size_t(len(data)), C.int(fr.w), C.int(fr.h), C.int(channels),
		(*C.uint8_t)(unsafe.SliceData(pix)))
	if status != C.VP8_STATUS_OK {
		return nil, webpError(status)
	}
	if channels == 4 {
		straightOverWhite(pix)
	}
	return &Pixels{W: fr.w, H: fr.h, Pix: pix[:fr.w*fr.h*3]}, nil
}

// planes writes luma and chroma of a lossy frame, as they are stored.
func (fr *webpFrame) planes(y, u, v []byte, stride int) error {
	at := func(b []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.SliceData(b)) }
	status := C.pm_webp_planes(at(fr.lossy), C.size_t(len(fr.lossy)), C.int(fr.w), C.int(fr.h), C.int(stride), at(y), at(u), at(v))
	if status != C.VP8_STATUS_OK {
		return webpError(status)
	}
	return nil
}

// bitstream is what libwebp reads without a container around it, but for alpha, which is a chunk beside the picture.
func (fr *webpFrame) bitstream() []byte {
	switch {
	case fr.lossless != nil:
		return fr.lossless
	case fr.alpha != nil:
		return fr.file()
	}
	return fr.lossy
}

// webpError gives a status of libwebp its reason.
func webpError(status C.int) error {
	reason := schemas.ImageCorrupt
	switch status {
	case C.VP8_STATUS_NOT_ENOUGH_DATA, C.VP8_STATUS_SUSPENDED:
		reason = schemas.ImageTruncated
	case C.VP8_STATUS_UNSUPPORTED_FEATURE:
		reason = schemas.ImageUnsupported
	}
	return refuse(reason, "libwebp: status %d", int(status))
}

// transparent tells whether the bitstream has alpha. VP8L says so in a bit behind its sides (RFC 9649, 3.4).
func (fr *webpFrame) transparent() bool {
	if fr.lossless != nil {
		return fr.lossless[4]&0x10 != 0
	}
	return fr.alpha != nil
}
