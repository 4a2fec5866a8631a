//go:build turbojpeg && cgo

package imaging

/*
#cgo pkg-config: libjpeg
#include "fuse.h"
*/
import "C"

import (
	"bytes"
	"unsafe"
)

// jpegToJPEG takes JPEG to JPEG in one call, in one buffer: libjpeg-turbo's part is so quick that copies and garbage
// would be half of the time.
type jpegToJPEG struct{}

// takes tells whether the short way makes what is asked for. CMYK needs a conversion of its own.
func (jpegToJPEG) takes(data []byte, h Header, o order) bool {
	return o.format == JPEG && len(o.boxes) == 0 && h.components != 4 && o.colour.to == nil && !keeps(data, h, o)
}

func (jpegToJPEG) way(data []byte, h Header, o order) way {
	w, ht := o.g.stored(h.Orientation)
	return &transcode{data: data, head: h, o: o, frame: newFrame(h, o, w, ht)}
}

// transcode is one picture on the short way.
type transcode struct {
	frame
	data []byte
	head Header
	o    order
}

// rowsBeside is what libjpeg-turbo holds for each column: three rows of blocks, as coefficients and as samples, in three
// colours, both ways.
const rowsBeside = 3 * 16 * (2 + 1) * 3 * 2

// holds counts the buffer, the output's copy, and what libjpeg-turbo holds: some rows, or every coefficient.
func (t *transcode) holds() holding {
	return holding{bytes: int64(t.size)*2 + int64(t.head.Width)*rowsBeside + t.head.Pixels()*int64(t.head.coefficients)}
}

func (t *transcode) make(mem *loan) ([]byte, uint64, error) {
	work := aligned(mem.bytes(t.size))
	made, err := t.run(work, t.data, t.head, t.layout(t.head, t.o))
	if err != nil {
		return nil, 0, err
	}
	out := bytes.Clone(t.part(work, t.out, int(made.len)))
	if made.passed != 0 {
		return out, phashLuma(work[t.scaled:], int(made.luma_stride), t.w, t.h, t.o.cache, mem), nil
	}
	small := &Pixels{W: t.w, H: t.h, Pix: t.part(work, t.scaled, t.w*t.h*3)}
	return out, phashStored(small, t.head.Orientation, mem), nil
}

// maxPass bounds the sides of a picture whose samples pass as they are: the hash sums up to 32 rows of luma at a time.
// Below minPass, the hash would have to grow it.
const (
	minPass = hashPlane
	maxPass = (C.PM_PLANE_ROWS - 2) * hashPlane
)

// passes tells whether nothing is done to the picture but writing it again.
func (f *frame) passes(h Header, o order) bool {
	return f.ys.dst == 0 && f.canvas == f.scaled && !f.half && o.asStored(h) && passable(f.w, f.h)
}

func passable(w, h int) bool { return min(w, h) >= minPass && max(w, h) <= maxPass }

// phashLuma is PHash of a picture's luma. JPEG's luma is BT.601's grey.
func phashLuma(luma []byte, stride, w, h int, cache *axisCache, mem *loan) uint64 {
	xs, ys := cache.axes(Area, w, h, hashPlane, hashPlane)
	x, y := cAxis(&xs), cAxis(&ys)
	const pixels, size = hashPlane * hashPlane, 4
	work := aligned(mem.bytes(pixels*size + int(C.pm_scaler_size(x, y)) + alignment))
	grey := (*[pixels]float32)(unsafe.Pointer(&work[0]))
	C.pm_scale_plane(bytePtr(luma), C.long(stride), x, y, (*C.float)(&grey[0]), unsafe.Pointer(&work[pixels*size]))
	var plane [pixels]float64
	for i, v := range grey {
		plane[i] = 1000 * float64(v)
	}
	return phashGrey(&plane)
}

// alignment is a cache line, and more than any vector wants.
const alignment = 64

func aligned(buf []byte) []byte {
	at := uintptr(unsafe.Pointer(unsafe.SliceData(buf)))
	return buf[(alignment-at%alignment)%alignment:]
}

// frame lays the stages of one picture out in a buffer: offsets in bytes. Stages that change nothing share a place.
type frame struct {
	w, h                      int // scaled, as stored
	half                      bool
	xs, ys                    axis
	scaled, canvas, out, size int
}

func newFrame(h Header, o order, w, ht int) frame {
	f := frame{w: w, h: ht, half: o.half && w*4 <= h.Width && ht*4 <= h.Height}
	fromW, fromH := h.Width, h.Height
	if f.half {
		fromW, fromH = (fromW+1)/2, (fromH+1)/2
	}
	if w != fromW || ht != fromH {
		f.xs, f.ys = o.cache.axes(o.by, fromW, fromH, w, ht)
	}
	f.scaled = int(C.pm_work_size(cAxis(&f.xs), cAxis(&f.ys)))
	end := f.scaled + w*ht*3
	if f.ys.dst == 0 && passable(w, ht) {
		end = max(end, f.scaled+int(C.pm_pass_size(C.int(w), C.int(ht))))
	}
	f.canvas = f.scaled
	if h.Orientation != 1 || o.g.outW != o.g.w || o.g.outH != o.g.h {
		f.canvas, end = end, end+o.g.outW*o.g.outH*3
	}
	f.out = end
	f.size = end + int(C.pm_bound(C.int(o.g.outW), C.int(o.g.outH))) + alignment
	return f
}

func (f *frame) part(buf []byte, at, n int) []byte { return buf[at : at+n : at+n] }

func (f *frame) run(buf, data []byte, h Header, lay C.pm_layout) (C.pm_made, error) {
	var made C.pm_made
	var message [C.PM_MESSAGE]byte
	mem := C.pm_buffers{
		work: bytePtr(buf), scaled: bytePtr(buf[f.scaled:]), canvas: bytePtr(buf[f.canvas:]),
		out: bytePtr(buf[f.out:]), out_len: C.ulong(f.size - alignment - f.out),
	}
	status := C.pm_transcode(bytePtr(data), C.ulong(len(data)), cPicture(h), lay, cAxis(&f.xs), cAxis(&f.ys), mem, &made, charPtr(message[:]))
	if status != C.PM_OK {
		return made, turboError(status, message[:])
	}
	return made, nil
}

func (f *frame) layout(h Header, o order) C.pm_layout {
	k, c := orientationWalk(h.Orientation, f.w, f.h), o.g.piece()
	lay := C.pm_layout{
		base: C.int32_t(k.base), right: C.int32_t(k.right), down: C.int32_t(k.down),
		w: C.int32_t(c.w), h: C.int32_t(c.h), src_x: C.int32_t(c.srcX), src_y: C.int32_t(c.srcY),
		dst_x: C.int32_t(c.dstX), dst_y: C.int32_t(c.dstY),
		out_w: C.int32_t(o.g.outW), out_h: C.int32_t(o.g.outH), quality: C.int32_t(max(o.quality, 1)),
	}
	if f.half {
		lay.half = 1
	}
	if f.passes(h, o) {
		lay.pass = 1
	}
	return lay
}
