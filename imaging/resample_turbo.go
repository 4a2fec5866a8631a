//go:build turbojpeg && cgo

package imaging

// #include "scale.h"
import "C"

import "unsafe"

func resample(dst, src *Pixels, xs, ys axis, mem *loan) {
	x, y := cAxis(&xs), cAxis(&ys)
	work := aligned(mem.bytes(int(C.pm_scaler_size(x, y)) + alignment))
	C.pm_scale(bytePtr(src.Pix), x, y, bytePtr(dst.Pix), unsafe.Pointer(&work[0]))
}

// limitVectors keeps to kernels of that many bits at most, so that tests reach those of other machines. Nothing may be
// scaling meanwhile.
func limitVectors(bits int) { C.pm_limit_vectors(C.int(bits)) }

// cAxis shows an axis to C. An axis without outputs is one that changes nothing.
func cAxis(a *axis) C.pm_axis {
	return C.pm_axis{
		src: C.int32_t(a.src), dst: C.int32_t(a.dst), taps: C.int32_t(a.taps),
		first: (*C.int32_t)(unsafe.SliceData(a.first)), count: (*C.int32_t)(unsafe.SliceData(a.count)),
		weight: (*C.float)(unsafe.SliceData(a.weight)), fixed: (*C.int16_t)(unsafe.SliceData(a.fixed)),
	}
}
