package filter

import "pairmill/schemas"

// MaxArea drops pictures of more than limit pixels: image_too_large.
//
// Default 0, off: what is too large to decode is stopped by image.max_pixels already. LAION's limit is 89,478,484 pixels,
// the point at which Pillow warns of a decompression bomb.
func MaxArea(limit int64) Rule[Image] {
	return when(schemas.ImageTooLarge, func(i Image) bool { return i.area() > limit })
}
