//go:build turbojpeg && cgo

package imaging

import "testing"

// TestEveryVectorWidthScalesAlike runs the kernels of lesser machines too, as far as this one has them. It is not parallel:
// the limit holds for the whole process.
func TestEveryVectorWidthScalesAlike(t *testing.T) {
	defer limitVectors(512)
	for _, by := range Interpolations() {
		for w := 1; w < 80; w += 3 {
			src := noise(w, 9)
			for _, to := range [][2]int{{w + 37, 14}, {(w + 2) / 3, 4}, {max(1, w-1), 9}} {
				xs, ys := by.axes(src.W, src.H, to[0], to[1])
				want := newPixels(to[0], to[1])
				resampleGo(want, src, xs, ys)
				for _, bits := range []int{0, 256, 512} {
					limitVectors(bits)
					if worst := maxDiff(t, src.resample(xs, ys, nil), want); worst != 0 {
						t.Errorf("%s, %d to %v, %d bits: off by %d", by, w, to, bits, worst)
					}
				}
			}
		}
	}
}
