package imaging

import "pairmill/schemas"

// Limits bound what is decoded. They are checked against the header, before memory is taken.
type Limits struct {
	// MaxPixels is the most pixels of a picture, width × height; of an animation one frame counts, since only the first
	// is decoded. Default 50,000,000: above the photographs of ordinary cameras, and 150 MB of RGB. Past it:
	// image_too_many_pixels.
	MaxPixels int64
	// MaxSide is the longest side in pixels. Default 16,384, WebP's own limit. Past it: image_side_too_long.
	MaxSide int
}

func (l Limits) withDefaults() Limits {
	if l.MaxPixels <= 0 {
		l.MaxPixels = 50_000_000
	}
	if l.MaxSide <= 0 {
		l.MaxSide = 16_384
	}
	return l
}

// Check refuses a picture past the limits.
func (l Limits) Check(h Header) error {
	l = l.withDefaults()
	if h.Width > l.MaxSide || h.Height > l.MaxSide {
		return refuse(schemas.ImageSideTooLong, "%d×%d, max_side is %d", h.Width, h.Height, l.MaxSide)
	}
	if n := h.Pixels(); n > l.MaxPixels {
		return refuse(schemas.ImageTooManyPixels, "%d×%d: %d pixels, max_pixels is %d", h.Width, h.Height, n, l.MaxPixels)
	}
	return nil
}
