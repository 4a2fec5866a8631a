package filter

import "pairmill/schemas"

// MinBytes drops pictures whose file is smaller than limit: image_few_bytes.
//
// Default 0, off. LAION and COYO ask for 5,000 bytes, a stand-in for size in pixels that suits JPEG photographs: it also
// removes drawings, and WebP and AVIF pictures that are perfectly good. source_bytes stays in the row.
func MinBytes(limit int64) Rule[Image] {
	return when(schemas.ImageFewBytes, func(i Image) bool { return i.Bytes < limit })
}
