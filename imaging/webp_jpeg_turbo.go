//go:build turbojpeg && webp && cgo

package imaging

// #include "planes.h"
import "C"

import "bytes"

// webpToJPEG writes a lossy WebP that keeps its size again from its own luma and chroma.
type webpToJPEG struct {
	frame                  webpFrame
	quality                int
	cache                  *axisCache
	stride                 int // of luma; chroma's is half of it
	luma, chroma, out, end int // offsets in its memory
}

// rewrites tells whether luma and chroma are all that the picture has, and nothing is done to them but writing them again.
func rewrites(data []byte, h Header, o order) (way, bool) {
	if h.Format != WebP || o.format != JPEG || h.Animated || o.colour.to != nil || !o.asStored(h) || !passable(h.Width, h.Height) {
		return nil, false
	}
	f, err := parseWebP(data)
	if err != nil || f.first.lossy == nil || f.first.lossless != nil || f.first.alpha != nil || f.first.w != h.Width || f.first.h != h.Height {
		return nil, false
	}
	return newWebPToJPEG(f.first, o), true
}

func newWebPToJPEG(frame webpFrame, o order) *webpToJPEG {
	const unit = 16 // sides of what a JPEG of 4:2:0 is made of
	k := &webpToJPEG{frame: frame, quality: o.quality, cache: o.cache, stride: (frame.w + unit - 1) / unit * unit}
	k.luma = k.stride * frame.h
	k.chroma = k.stride / 2 * ((frame.h + 1) / 2)
	k.out = k.luma + 2*k.chroma
	k.end = k.out + int(C.pm_bound(C.int(frame.w), C.int(frame.h)))
	return k
}

func (k *webpToJPEG) holds() holding {
	return holding{bytes: int64(k.end)*2 + int64(k.frame.w)*rowsBeside}
}

func (k *webpToJPEG) make(mem *loan) ([]byte, uint64, error) {
	buf := mem.bytes(k.end)
	y, u, v := buf[:k.luma], buf[k.luma:k.luma+k.chroma], buf[k.luma+k.chroma:k.out]
	if err := k.frame.planes(y, u, v, k.stride); err != nil {
		return nil, 0, err
	}
	out, err := k.encode(y, u, v, buf[k.out:])
	if err != nil {
		return nil, 0, err
	}
	return bytes.Clone(out), phashLuma(y, k.stride, k.frame.w, k.frame.h, k.cache, mem), nil
}

func (k *webpToJPEG) encode(y, u, v, out []byte) ([]byte, error) {
	var made C.pm_made
	var message [C.PM_MESSAGE]byte
	planes := C.pm_planes{y: bytePtr(y), u: bytePtr(u), v: bytePtr(v), stride: C.long(k.stride)}
	lay := C.pm_layout{out_w: C.int32_t(k.frame.w), out_h: C.int32_t(k.frame.h), quality: C.int32_t(max(k.quality, 1))}
	mem := C.pm_buffers{out: bytePtr(out), out_len: C.ulong(len(out))}
	if status := C.pm_encode_planes(planes, lay, mem, &made, charPtr(message[:])); status != C.PM_OK {
		return nil, turboError(status, message[:])
	}
	return out[:made.len], nil
}

// fullRange takes samples of studio range to those of JPEG, in place.
func fullRange(luma, chroma []byte) {
	C.pm_full_luma(bytePtr(luma), C.int(len(luma)))
	C.pm_full_chroma(bytePtr(chroma), C.int(len(chroma)))
}
