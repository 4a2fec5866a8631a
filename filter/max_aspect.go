package filter

import "pairmill/schemas"

// MaxAspect drops pictures whose longer side is more than limit times the shorter: image_aspect. Cropped to a square, a
// banner shows a part that its caption need not be about.
//
// Default 3, DataComp's basic filter and COYO alike.
func MaxAspect(limit float64) Rule[Image] {
	return when(schemas.ImageAspect, func(i Image) bool { return i.aspect() > limit })
}
