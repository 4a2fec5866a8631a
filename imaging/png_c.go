//go:build png && cgo

package imaging

/*
#cgo pkg-config: libpng
#include "png_read.h"
*/
import "C"

import (
	"strings"
	"unsafe"

	"pairmill/schemas"
)

const pngInGo = false

// pngPerPixel counts RGBA, in which RGB is then written.
func pngPerPixel(bits int) int {
	if bits == 16 {
		return 8
	}
	return 4
}

// anyPNG lets libpng unpack into one buffer of ours, in which the result then takes the first part.
func anyPNG(data []byte, h Header, mem *loan) (*Pixels, error) {
	in, n := (*C.uint8_t)(unsafe.SliceData(data)), C.size_t(len(data))
	pic := C.pm_png{w: C.int32_t(h.Width), h: C.int32_t(h.Height)}
	var message [C.PM_PNG_MESSAGE]byte
	text := (*C.char)(unsafe.Pointer(&message[0]))
	if C.pm_png_layout(in, n, &pic, text) != 0 {
		return nil, pngError(message[:])
	}
	pix := mem.bytes(h.Width * h.Height * int(pic.channels) * int(pic.bits) / 8)
	if C.pm_png_read(in, n, &pic, (*C.uint8_t)(unsafe.SliceData(pix)), text) != 0 {
		return nil, pngError(message[:])
	}
	switch {
	case pic.bits == 16:
		deepOverWhite(pix, int(pic.channels))
	case pic.channels == 4:
		straightOverWhite(pix)
	}
	return &Pixels{W: h.Width, H: h.Height, Pix: pix[:h.Width*h.Height*3]}, nil
}

// deepOverWhite turns 16-bit RGB or RGBA, big endian, into RGB on white, in place.
func deepOverWhite(pix []byte, channels int) {
	at := 0
	for s := pix; len(s) >= channels*2; s = s[channels*2:] {
		a := uint16(0xffff)
		if channels == 4 {
			a = uint16(s[6])<<8 | uint16(s[7])
		}
		r, g, b := uint16(s[0])<<8|uint16(s[1]), uint16(s[2])<<8|uint16(s[3]), uint16(s[4])<<8|uint16(s[5])
		pix[at], pix[at+1], pix[at+2] = overWhite16(r, a), overWhite16(g, a), overWhite16(b, a)
		at += 3
	}
}

// pngError gives a message of libpng its reason.
func pngError(message []byte) error {
	text, _, _ := strings.Cut(string(message), "\x00")
	reason := schemas.ImageCorrupt
	if strings.Contains(text, "too early") || strings.Contains(text, "Not enough") {
		reason = schemas.ImageTruncated
	}
	return refuse(reason, "libpng: %s", text)
}
