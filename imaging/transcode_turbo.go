//go:build turbojpeg && cgo

package imaging

// #include "turbo.h"
import "C"

import (
	"bytes"
	"sync"
	"unsafe"
)

// maxScratch is the largest working buffer that is kept for the next picture: a 10 MP photograph. Larger ones are rare,
// and would sit outside the gate.
const maxScratch = 32 << 20

// jpegToJPEG takes JPEG to JPEG in one call, in one buffer: libjpeg-turbo's part is so quick that copies and garbage
// would be half of the time.
type jpegToJPEG struct {
	scratch sync.Pool // of *[]byte
}

func (j *jpegToJPEG) transcode(data []byte, h Header, g geometry, quality int) ([]byte, uint64, error) {
	w, ht := g.stored(h.Orientation)
	f := newFrame(h, g, w, ht, int(C.pm_bound(C.int(g.outW), C.int(g.outH))))
	buf := j.borrow(f.size)
	defer j.giveBack(buf)
	out, err := f.run(*buf, data, h, cLayout(g, h.Orientation, w, ht, quality))
	if err != nil {
		return nil, 0, err
	}
	small := &Pixels{W: w, H: ht, Pix: f.part(*buf, f.scaled, w*ht*3)}
	return out, phashStored(small, h.Orientation), nil
}

// frame lays the stages of one picture out in a buffer: offsets in bytes. Stages that change nothing share a place.
type frame struct {
	row, rgb, scaled, canvas, out, size int
	xs, ys                              axis
}

func newFrame(h Header, g geometry, w, ht, bound int) frame {
	f := frame{xs: axisFor(h.Width, w), ys: axisFor(h.Height, ht)}
	f.rgb = (h.Width*3 + 1) * 4 // behind the row of floats, which needs the alignment
	f.scaled = f.rgb
	end := f.rgb + h.Width*h.Height*max(h.components, 3)
	if w != h.Width || ht != h.Height {
		f.scaled, end = end, end+w*ht*3
	}
	f.canvas = f.scaled
	if h.Orientation != 1 || g.outW != g.w || g.outH != g.h {
		f.canvas, end = end, end+g.outW*g.outH*3
	}
	f.out, f.size = end, end+bound
	return f
}

func (f *frame) part(buf []byte, at, n int) []byte { return buf[at : at+n : at+n] }

func (f *frame) run(buf, data []byte, h Header, lay C.pm_layout) ([]byte, error) {
	pic := cPicture(h)
	n := C.ulong(f.size - f.out)
	var message [C.PM_MESSAGE]byte
	status := C.pm_transcode(bytePtr(data), C.ulong(len(data)), &pic, &lay,
		bytePtr(buf[f.rgb:]), bytePtr(buf[f.scaled:]), bytePtr(buf[f.canvas:]), (*C.float)(unsafe.Pointer(&buf[0])),
		(*C.int32_t)(&f.xs.first[0]), (*C.int32_t)(&f.xs.off[0]), (*C.float)(&f.xs.weight[0]),
		(*C.int32_t)(&f.ys.first[0]), (*C.int32_t)(&f.ys.off[0]), (*C.float)(&f.ys.weight[0]),
		bytePtr(buf[f.out:]), &n, charPtr(message[:]))
	if status != C.PM_OK {
		return nil, turboError(status, message[:])
	}
	return bytes.Clone(f.part(buf, f.out, int(n))), nil
}

func cLayout(g geometry, orientation, w, h, quality int) C.pm_layout {
	k, c := orientationWalk(orientation, w, h), g.piece()
	return C.pm_layout{
		scaled_w: C.int32_t(w), scaled_h: C.int32_t(h),
		base: C.int32_t(k.base), right: C.int32_t(k.right), down: C.int32_t(k.down),
		w: C.int32_t(c.w), h: C.int32_t(c.h), src_x: C.int32_t(c.srcX), src_y: C.int32_t(c.srcY),
		dst_x: C.int32_t(c.dstX), dst_y: C.int32_t(c.dstY),
		out_w: C.int32_t(g.outW), out_h: C.int32_t(g.outH), quality: C.int32_t(quality),
	}
}

func (j *jpegToJPEG) borrow(size int) *[]byte {
	if buf, ok := j.scratch.Get().(*[]byte); ok && cap(*buf) >= size {
		*buf = (*buf)[:size]
		return buf
	}
	buf := make([]byte, size)
	return &buf
}

func (j *jpegToJPEG) giveBack(buf *[]byte) {
	if cap(*buf) <= maxScratch {
		j.scratch.Put(buf)
	}
}
