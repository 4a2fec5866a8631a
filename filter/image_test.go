package filter

import (
	"testing"

	"pairmill/schemas"
)

func TestImageChain(t *testing.T) {
	t.Parallel()
	f := schemas.Filter{MinSide: 64, MaxArea: 1 << 20, MaxAspect: 3, MinBytes: 500}
	chain := NewImage(f)
	for _, c := range []struct {
		image  Image
		want   schemas.Reason
		detail string
	}{
		{Image{200, 200, 5000}, schemas.Kept, ""},
		{Image{64, 192, 500}, schemas.Kept, ""},
		{Image{63, 100, 5000}, schemas.ImageTooSmall, "63 × 100 pixels, filter.min_side is 64"},
		{Image{100, 63, 5000}, schemas.ImageTooSmall, "100 × 63 pixels, filter.min_side is 64"},
		{Image{64, 193, 5000}, schemas.ImageAspect, "64 × 193 pixels, filter.max_aspect is 3"},
		{Image{193, 64, 5000}, schemas.ImageAspect, "193 × 64 pixels, filter.max_aspect is 3"},
		{Image{1024, 1024, 5000}, schemas.Kept, ""},
		{Image{1025, 1024, 5000}, schemas.ImageTooLarge, "1025 × 1024 pixels, filter.max_area is 1048576"},
		{Image{1 << 30, 1 << 30, 5000}, schemas.ImageTooLarge, "1073741824 × 1073741824 pixels, filter.max_area is 1048576"},
		{Image{200, 200, 499}, schemas.ImageFewBytes, "499 bytes, filter.min_bytes is 500"},
		{Image{0, 200, 5000}, schemas.ImageTooSmall, "0 × 200 pixels, filter.min_side is 64"},
	} {
		got := chain.Reason(c.image)
		if got != c.want {
			t.Errorf("%v: %q, want %q", c.image, got, c.want)
		}
		if detail := c.image.Detail(got, f); detail != c.detail {
			t.Errorf("%v: detail %q, want %q", c.image, detail, c.detail)
		}
	}
}
