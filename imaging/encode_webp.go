//go:build webp && cgo

package imaging

/*
#cgo pkg-config: libwebp
#include <stdlib.h>
#include <webp/encode.h>
*/
import "C"

import (
	"unsafe"

	"pairmill/schemas"
)

// maxWebP is the longest side that WebP can hold (RFC 9649).
const maxWebP = 16_383

// canEncodeWebP tells New whether this build has libwebp.
func canEncodeWebP() error { return nil }

// encodeWebP uses libwebp's defaults, as OpenCV does: lossy of quality 1 to 100, lossless above.
func encodeWebP(p *Pixels, quality int) ([]byte, error) {
	var out *C.uint8_t
	pix := (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(p.Pix)))
	w, h, stride := C.int(p.W), C.int(p.H), C.int(p.W*3)
	var n C.size_t
	if quality > 100 {
		n = C.WebPEncodeLosslessRGB(pix, w, h, stride, &out)
	} else {
		n = C.WebPEncodeRGB(pix, w, h, stride, C.float(quality), &out)
	}
	if n == 0 {
		return nil, refuse(schemas.ImageEncodeFailed, "libwebp could not encode %d×%d", p.W, p.H)
	}
	defer C.WebPFree(unsafe.Pointer(out))
	return C.GoBytes(unsafe.Pointer(out), C.int(n)), nil
}
