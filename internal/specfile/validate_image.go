package specfile

import "pairmill/schemas"

func (c *Problems) image(spec schemas.Spec) {
	i := spec.Image
	c.whole("image.size", int64(i.Size), 1, 65_500) // JPEG's longest side, as libjpeg counts it
	c.word("image.mode", i.Mode, schemas.ModeNo, schemas.ModeKeepRatio, schemas.ModeKeepRatioLargest, schemas.ModeCenterCrop, schemas.ModeBorder)
	c.interpolation("image.upscale", i.Upscale)
	c.interpolation("image.downscale", i.Downscale)
	c.quality(i)
	c.whole("image.max_pixels", i.MaxPixels, 1, 1<<32)
	if l := spec.Source.List; i.Untouched && l != nil && l.Boxes != "" {
		c.add(0, "image.untouched", "true keeps every byte, but source.list.boxes, %q, asks for blurring: set only one of them", l.Boxes)
	}
}

// interpolation knows img2dataset's names, without their synonyms.
func (c *Problems) interpolation(path, v string) {
	c.word(path, v, "nearest", "linear", "cubic", "area", "lanczos")
}

// quality says what the number means, as 95 is right for one format and nonsense for another.
func (c *Problems) quality(i schemas.Image) {
	low, high, meaning := 0, 0, ""
	switch i.Format {
	case "jpg":
		low, high, meaning = 0, 100, "JPEG's quality"
	case "png":
		low, high, meaning = 0, 9, "PNG's compression level"
	case "webp":
		low, high, meaning = 1, 200, "WebP's quality, where more than 100 is lossless"
	default:
		c.word("image.format", i.Format, "jpg", "png", "webp")
		return
	}
	if i.Quality < low || i.Quality > high {
		c.add(0, "image.quality", "%d is outside %d to %d, %s", i.Quality, low, high, meaning)
	}
}
