package imaging

import "pairmill/schemas"

// Header is what a file says about itself before any pixel is decoded.
type Header struct {
	Format        Format
	Width, Height int  // pixels as stored; see Upright
	Frames        int  // GIF, WebP, APNG and AVIF frames, TIFF pages; at least 1
	Animated      bool // more than one frame that is shown in time; TIFF pages are not
	Orientation   int  // EXIF tag 274, 1 to 8; 1 when absent or invalid

	// perPixel is the most bytes that decoding holds at once for each stored pixel, the RGB result included.
	perPixel int
	// beside is what it holds at once whatever the size.
	beside int64
	// collected tells that all of it is left to Go's collector, the decoder being one in Go.
	collected bool
	// coefficients is how much of perPixel a JPEG of several scans takes for those of the whole picture. One of a single
	// scan needs those of a few rows.
	coefficients int
	// adobe tells that a JPEG carries the Adobe marker: its CMYK samples are then stored inverted.
	adobe bool
	// components of a JPEG: 1, 3 or 4.
	components int
	// bits per sample of a PNG.
	bits int
	// grey tells that the file stores one colour channel.
	grey bool
}

// Upright returns the sides after the orientation has been applied.
func (h Header) Upright() (w, ht int) {
	if h.Orientation >= 5 {
		return h.Height, h.Width
	}
	return h.Width, h.Height
}

// Pixels counts width × height: what is decoded. The other frames of an animation are never.
func (h Header) Pixels() int64 { return int64(h.Width) * int64(h.Height) }

// codec is how one format is read. header must be bounded by len(data) in time and allocate next to nothing; pixels
// returns the first frame as stored, not yet turned upright, in mem or in memory of its own.
type codec struct {
	header func(data []byte) (Header, error)
	pixels func(data []byte, h Header, mem *loan) (*Pixels, error)
}

func codecOf(f Format) (codec, bool) {
	switch f {
	case JPEG:
		return codec{jpegHeader, jpegPixels}, true
	case PNG:
		return codec{pngHeader, pngPixels}, true
	case GIF:
		return codec{gifHeader, gifPixels}, true
	case WebP:
		return codec{webpHeader, webpPixels}, true
	case BMP:
		return codec{bmpHeader, bmpPixels}, true
	case TIFF:
		return codec{tiffHeader, tiffPixels}, true
	case AVIF:
		return codec{avifHeader, avifPixels}, true
	}
	return codec{}, false
}

// ReadHeader identifies data without decoding pixels. Its errors are *Error: a refused or unknown format, a damaged
// header, a side of 0. Limits are not applied here; see Limits.Check.
func ReadHeader(data []byte) (Header, error) {
	if len(data) == 0 {
		return Header{}, refuse(schemas.ImageTruncated, "no bytes")
	}
	f := Sniff(data)
	c, ok := codecOf(f)
	if !ok {
		return Header{Format: f}, refusal(f)
	}
	h, err := c.header(data)
	h.Format = f
	if err != nil {
		return h, err
	}
	if h.Width <= 0 || h.Height <= 0 {
		return h, refuse(schemas.ImageZeroSize, "%s of %d×%d", f, h.Width, h.Height)
	}
	h.Frames = max(h.Frames, 1)
	if h.Orientation < 1 || h.Orientation > 8 {
		h.Orientation = 1
	}
	return h, nil
}
