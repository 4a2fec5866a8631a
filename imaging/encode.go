package imaging

import "pairmill/schemas"

// Encode writes p as JPEG, PNG or WebP, with the quality that Config.Quality says for the format. Errors are *Error.
func Encode(p *Pixels, f Format, quality int) ([]byte, error) { return encode(p, f, quality, nil) }

func encode(p *Pixels, f Format, quality int, mem *loan) ([]byte, error) {
	switch f {
	case JPEG:
		return encodeJPEG(p, quality, mem)
	case PNG:
		return encodePNG(p, quality)
	case WebP:
		return encodeWebP(p, quality)
	}
	return nil, refuse(schemas.ImageEncodeFailed, "no encoder for %q", f)
}

// defaultQuality is 95 for JPEG and WebP, as img2dataset's: shards are decoded and cropped again. PNG's is zlib's own
// default.
func defaultQuality(f Format) int {
	if f == PNG {
		return 6
	}
	return 95
}

// qualityRange is img2dataset's, of which 0 is written −1 (see Config.Quality).
func qualityRange(f Format) (low, high int) {
	switch f {
	case PNG:
		return -1, 9
	case WebP:
		return 1, 1 << 16 // above 100 is lossless
	}
	return -1, 100
}
