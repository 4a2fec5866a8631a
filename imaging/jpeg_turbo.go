//go:build turbojpeg && cgo

package imaging

/*
#cgo pkg-config: libturbojpeg
#cgo CFLAGS: -O3 -Wall -std=c11
#include "fuse.h"
*/
import "C"

import (
	"bytes"
	"strings"
	"unsafe"

	"pairmill/schemas"
)

// Codec names what decodes and encodes JPEG in this build.
var Codec = C.GoString(C.pm_version())

const jpegInGo = false

func jpegPixels(data []byte, h Header, mem *loan) (*Pixels, error) {
	n := h.Width * h.Height
	pix := mem.bytes(n * max(h.components, 3))
	var message [C.PM_MESSAGE]byte
	pic := cPicture(h)
	if status := C.pm_decode(bytePtr(data), C.ulong(len(data)), &pic, bytePtr(pix), charPtr(message[:])); status != C.PM_OK {
		return nil, turboError(status, message[:])
	}
	return &Pixels{W: h.Width, H: h.Height, Pix: pix[:n*3]}, nil
}

// encodeJPEG writes into borrowed memory first: the bound is ten times what is written.
func encodeJPEG(p *Pixels, quality int, mem *loan) ([]byte, error) {
	out := mem.bytes(int(C.pm_bound(C.int(p.W), C.int(p.H))))
	size := C.ulong(len(out))
	var message [C.PM_MESSAGE]byte
	status := C.pm_encode(bytePtr(p.Pix), C.int(p.W), C.int(p.H), C.int(max(quality, 1)), bytePtr(out), &size, charPtr(message[:]))
	if status != C.PM_OK {
		return nil, turboError(status, message[:])
	}
	return bytes.Clone(out[:size]), nil
}

func cPicture(h Header) C.pm_picture {
	pic := C.pm_picture{w: C.int32_t(h.Width), h: C.int32_t(h.Height), components: C.int32_t(h.components)}
	if h.adobe {
		pic.inverted = 1
	}
	return pic
}

// turboError gives a message of libjpeg-turbo its reason.
func turboError(status C.int, message []byte) error {
	text, _, _ := strings.Cut(string(message), "\x00")
	reason := schemas.ImageCorrupt
	switch {
	case status == C.PM_ENCODE:
		reason = schemas.ImageEncodeFailed
	case strings.Contains(text, "remature end"):
		reason = schemas.ImageTruncated
	case strings.Contains(text, "nsupported"), strings.Contains(text, "not implemented"), strings.Contains(text, "not compiled"):
		reason = schemas.ImageUnsupported
	}
	return refuse(reason, "libjpeg-turbo: %s", text)
}

func bytePtr(b []byte) *C.uchar { return (*C.uchar)(unsafe.Pointer(unsafe.SliceData(b))) }

func charPtr(b []byte) *C.char { return (*C.char)(unsafe.Pointer(unsafe.SliceData(b))) }
