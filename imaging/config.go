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
	// Format of the output: JPEG (default) or PNG.
	Format Format
	// Quality of JPEG, 1 to 100. Default 95, as img2dataset: shards are decoded and cropped again. Chroma is 4:2:0.
	Quality int
	// MaxPixels is the most pixels of a picture, before and after resizing, as in Limits. Default 50,000,000.
	// Past it: image_too_many_pixels.
	MaxPixels int64
	// MaxSide is the longest side in pixels, before and after resizing, as in Limits. Default 16,384.
	// Past it: image_side_too_long.
	MaxSide int
	// MaxDecoded bounds the bytes of decoded pictures in flight, by worst case of their format. Default 512 MiB: about
	// twenty photographs of 4,000×3,000 at a time. Process waits when it is reached; a single picture over it goes alone.
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
	if c.Quality == 0 {
		c.Quality = 95
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
	case c.Format != JPEG && c.Format != PNG:
		return fmt.Errorf("imaging: output format %q is neither jpeg nor png", c.Format)
	case c.Quality < 1 || c.Quality > 100:
		return fmt.Errorf("imaging: quality %d is outside 1 to 100", c.Quality)
	case c.Side < 1 || c.Side > c.MaxSide:
		return fmt.Errorf("imaging: side %d is outside 1 to max_side %d", c.Side, c.MaxSide)
	case (c.Mode == Border || c.Mode == CenterCrop) && int64(c.Side)*int64(c.Side) > c.MaxPixels:
		return fmt.Errorf("imaging: a square of side %d is past max_pixels %d", c.Side, c.MaxPixels)
	case c.MaxDecoded < 0:
		return fmt.Errorf("imaging: max_decoded %d is negative", c.MaxDecoded)
	case c.Format == JPEG && c.MaxSide > 65_500:
		return fmt.Errorf("imaging: max_side %d is past what jpeg can hold", c.MaxSide)
	}
	return nil
}
