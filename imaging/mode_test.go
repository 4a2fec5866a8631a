package imaging

import "testing"

// TestPlan holds the sizes that img2dataset makes.
func TestPlan(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		mode         Mode
		onlyIfBigger bool
		w, h         int
		want         geometry
	}{
		{NoResize, false, 1600, 1200, geometry{1600, 1200, 1600, 1200, 0, 0, false}},
		{KeepRatio, false, 1600, 1200, geometry{341, 256, 341, 256, 0, 0, false}},
		{KeepRatio, false, 100, 200, geometry{256, 512, 256, 512, 0, 0, true}},
		{KeepRatio, true, 100, 200, geometry{100, 200, 100, 200, 0, 0, false}},
		{KeepRatioLargest, false, 1600, 1200, geometry{256, 192, 256, 192, 0, 0, false}},
		{KeepRatioLargest, false, 5000, 3, geometry{256, 1, 256, 1, 0, 0, false}},
		{CenterCrop, false, 1600, 1200, geometry{341, 256, 256, 256, -42, 0, false}},
		{CenterCrop, true, 1600, 200, geometry{1600, 200, 1600, 200, 0, 0, false}},
		{Border, false, 1600, 1201, geometry{256, 192, 256, 256, 0, 32, false}},
		{Border, false, 3, 10, geometry{77, 256, 256, 256, 89, 0, true}},
		{Border, true, 200, 100, geometry{200, 100, 200, 100, 0, 0, false}},
		{Border, true, 300, 100, geometry{256, 85, 256, 256, 0, 85, false}},
		{Border, false, 512, 1, geometry{256, 1, 256, 256, 0, 127, false}},       // 0.5 rounds to the even 0, and 0 to 1
		{KeepRatioLargest, false, 512, 5, geometry{256, 2, 256, 2, 0, 0, false}}, // 2.5 rounds to the even 2
	} {
		if got := c.mode.plan(c.w, c.h, 256, c.onlyIfBigger); got != c.want {
			t.Errorf("%s of %d×%d: %+v, want %+v", c.mode, c.w, c.h, got, c.want)
		}
	}
}

func TestFitCutsAndPads(t *testing.T) {
	t.Parallel()
	p := noise(5, 4)
	cut := geometry{w: 5, h: 4, outW: 4, outH: 4, x: offset(4, 5)}.fit(p, nil)
	for y := range 4 {
		if got, want := [12]byte(cut.Pix[y*12:]), [12]byte(p.Pix[y*15:]); got != want {
			t.Errorf("row %d is %v, want %v", y, got, want)
		}
	}
	pad := geometry{w: 5, h: 4, outW: 5, outH: 7, y: offset(7, 4)}.fit(p, nil)
	for i, v := range pad.Pix {
		if inside := i >= 15 && i < 75; inside && v != p.Pix[i-15] || !inside && v != 255 {
			t.Fatalf("byte %d is %d", i, v)
		}
	}
}
