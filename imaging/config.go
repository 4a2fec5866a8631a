package imaging

import "fmt"

// Config says what a Processor makes of a picture. The zero value makes img2dataset's default: JPEG of 256×256 at
// quality 95, the picture scaled to fit and bordered with white.
type Config struct {
	// Side is the target side in pixels. Default 256. Unused by NoResize.
	Side int
	// Mode says which side is brought to Side, and whether the rest is cut or bordered. Default Border.
	Mode Mode
	// OnlyIfBigger leaves pictures as they are, neither scaled, cut nor bordered, that Mode would have to enlarge.
	OnlyIfBigger bool
	// Upscale is the interpolation when the side that Mode measures is not past Side. Default Lanczos, as img2dataset.
	Upscale Interpolation
	// Downscale is the interpolation when it is. Default Area, as img2dataset.
	Downscale Interpolation
	// Format of the output: JPEG (default), PNG or WebP. New refuses WebP in a build without libwebp.
	//
	// The output has three channels, of grey pictures too. img2dataset writes those with one; loaders of CLIP training
	// (open_clip, Hugging Face) convert to RGB first, so to them both are equal, and loaders that do not would meet
	// two shapes in one shard.
	Format Format
	// Quality is img2dataset's encode_quality. JPEG: 0 to 100, chroma 4:2:0; PNG: compression, 0 to 9; WebP: 1 to 100,
	// lossless above. The zero value takes the default, 95 (JPEG, WebP) or 6 (PNG); −1 stands for 0.
	Quality int
	// SkipReencode hands on the downloaded bytes when their format is Format and nothing had to be done: no scaling,
	// cutting, bordering, turning or blurring, no transparency, animation, CMYK or 16-bit samples to be removed. The
	// picture is decoded all the same, so that a damaged one is refused. Default false.
	SkipReencode bool
	// Half lets a JPEG that shrinks to a quarter or less be decoded at half size, in the transform itself (T.81 blocks
	// as 4×4 pixels). Needs libjpeg-turbo; other builds decode fully. About a third faster, and no longer OpenCV's pixels: 36 to
	// 54 dB away from them, single values by 10 to 50. Default false.
	Half bool
	// MaxPixels is the most pixels of a picture, before and after resizing, as in Limits. Default 50,000,000.
	// Past it: image_too_many_pixels.
	MaxPixels int64
	// MaxSide is the longest side in pixels, before and after resizing, as in Limits. Default 16,384.
	// Past it: image_side_too_long.
	MaxSide int
	// MaxDecoded bounds the bytes of decoded pictures in flight, by worst case of their format, with the buffers that are
	// kept between pictures and the garbage that others have left. Default 512 MiB: about twenty photographs of
	// 4,000×3,000 at a time. Process waits when it is reached; a single picture over it goes alone.
	MaxDecoded int64
}

func (c Config) withDefaults() Config {
	if c.Side == 0 {
		c.Side = 256
	}
	if c.Mode == "" {
		c.Mode = Border
	}
	if c.Format == "" {
		c.Format = JPEG
	}
	if c.Upscale == "" {
		c.Upscale = Lanczos
	}
	if c.Downscale == "" {
		c.Downscale = Area
	}
	if c.Quality == 0 {
		c.Quality = defaultQuality(c.Format)
	}
	if c.MaxDecoded == 0 {
		c.MaxDecoded = 512 << 20
	}
	l := c.limits().withDefaults()
	c.MaxPixels, c.MaxSide = l.MaxPixels, l.MaxSide
	return c
}

func (c Config) limits() Limits { return Limits{MaxPixels: c.MaxPixels, MaxSide: c.MaxSide} }

func (c Config) validate() error {
	switch {
	case !c.Mode.valid():
		return fmt.Errorf("imaging: mode %q is none of %v", c.Mode, Modes())
	case !c.Upscale.valid():
		return fmt.Errorf("imaging: upscale %q is none of %v", c.Upscale, Interpolations())
	case !c.Downscale.valid():
		return fmt.Errorf("imaging: downscale %q is none of %v", c.Downscale, Interpolations())
	case c.Side < 1 || c.Side > c.MaxSide:
		return fmt.Errorf("imaging: side %d is outside 1 to max_side %d", c.Side, c.MaxSide)
	case (c.Mode == Border || c.Mode == CenterCrop) && int64(c.Side)*int64(c.Side) > c.MaxPixels:
		return fmt.Errorf("imaging: a square of side %d is past max_pixels %d", c.Side, c.MaxPixels)
	case c.MaxDecoded < 0:
		return fmt.Errorf("imaging: max_decoded %d is negative", c.MaxDecoded)
	}
	return c.validateOutput()
}

func (c Config) validateOutput() error {
	if c.Format != JPEG && c.Format != PNG && c.Format != WebP {
		return fmt.Errorf("imaging: output format %q is none of jpeg, png and webp", c.Format)
	}
	if low, high := qualityRange(c.Format); c.Quality < low || c.Quality > high {
		return fmt.Errorf("imaging: quality %d of %s is outside %d to %d", c.Quality, c.Format, max(low, 0), high)
	}
	switch {
	case c.Format == JPEG && c.MaxSide > 65_500:
		return fmt.Errorf("imaging: max_side %d is past what jpeg can hold", c.MaxSide)
	case c.Format == WebP && c.Side > maxWebP:
		return fmt.Errorf("imaging: side %d is past what webp can hold", c.Side)
	case c.Format == WebP:
		if err := canEncodeWebP(); err != nil {
			return fmt.Errorf("imaging: %w", err)
		}
	}
	return nil
}
