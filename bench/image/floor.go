//go:build turbojpeg && cgo

package main

/*
#cgo pkg-config: libturbojpeg
#include <turbojpeg.h>

static int encode(tjhandle handle, const unsigned char *rgb, int w, int h, unsigned char *out, unsigned long room) {
	return tjCompress2(handle, rgb, w, 0, h, TJPF_RGB, &out, &room, TJSAMP_420, 95, TJFLAG_ACCURATEDCT | TJFLAG_NOREALLOC);
}
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// floor is libjpeg-turbo with handles and buffers that live as long as the program.
type floor struct {
	in, out  C.tjhandle
	rgb, jpg []byte
}

func newFloor() (*floor, error) {
	f := &floor{in: C.tjInitDecompress(), out: C.tjInitCompress()}
	if f.in == nil || f.out == nil {
		return nil, fmt.Errorf("libjpeg-turbo has no memory for its handles")
	}
	return f, nil
}

// run decodes data and encodes made, a picture of w×h in RGB.
func (f *floor) run(data, made []byte, w, h int) error {
	var dw, dh, sampling, space C.int
	if C.tjDecompressHeader3(f.in, ptr(data), C.ulong(len(data)), &dw, &dh, &sampling, &space) != 0 {
		return fmt.Errorf("read header: %s", C.GoString(C.tjGetErrorStr2(f.in)))
	}
	f.rgb = room(f.rgb, int(dw)*int(dh)*3)
	if C.tjDecompress2(f.in, ptr(data), C.ulong(len(data)), ptr(f.rgb), dw, 0, dh, C.TJPF_RGB, C.TJFLAG_ACCURATEDCT) != 0 {
		return fmt.Errorf("decode: %s", C.GoString(C.tjGetErrorStr2(f.in)))
	}
	f.jpg = room(f.jpg, int(C.tjBufSize(C.int(w), C.int(h), C.TJSAMP_420)))
	if C.encode(f.out, ptr(made), C.int(w), C.int(h), ptr(f.jpg), C.ulong(len(f.jpg))) != 0 {
		return fmt.Errorf("encode: %s", C.GoString(C.tjGetErrorStr2(f.out)))
	}
	return nil
}

func ptr(b []byte) *C.uchar { return (*C.uchar)(unsafe.Pointer(unsafe.SliceData(b))) }

func room(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}
