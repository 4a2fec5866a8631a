package clip

import (
	"errors"
	"fmt"
	"math"

	"pairmill/encoder"
)

// Preprocess says how a picture becomes the tensor that a model sees. The zero value is OpenAI CLIP's at 224 pixels.
type Preprocess struct {
	// Side of the square tensor in pixels. Default 224. At least 1, at most 4096.
	Side int `json:"side"`
	// Shortest is what the shorter side of the picture is scaled to before the centre crop, in pixels. Default
	// Side; never smaller than Side. Ignored with Squash.
	Shortest int `json:"shortest"`
	// Squash scales both sides to Side and crops nothing, as SigLIP does. Default false: keep the aspect ratio.
	Squash bool `json:"squash"`
	// Resample is the kernel. Default Bicubic.
	Resample Filter `json:"resample"`
	// Rescale is multiplied to each 8-bit value first. Default 1/255.
	Rescale float64 `json:"rescale"`
	// Mean and Std normalise each channel (R, G, B) after Rescale: (v - Mean) / Std. Default CLIP's when Std is
	// all zero. A model without normalisation has Mean 0 and Std 1.
	Mean [3]float64 `json:"mean"`
	Std  [3]float64 `json:"std"`
}

const maxSide = 4096 // a tensor of 200 MB; no known image tower is near it

func (c Preprocess) withDefaults() Preprocess {
	if c.Side == 0 {
		c.Side = 224 // every OpenAI model but the 336-pixel one
	}
	if c.Shortest == 0 || c.Squash {
		c.Shortest = c.Side
	}
	if c.Resample == 0 {
		c.Resample = Bicubic
	}
	if c.Rescale == 0 {
		c.Rescale = 1.0 / 255
	}
	if c.Std == [3]float64{} { // channel statistics of OpenAI's training set, from clip/clip.py in openai/CLIP
		c.Mean = [3]float64{0.48145466, 0.4578275, 0.40821073}
		c.Std = [3]float64{0.26862954, 0.26130258, 0.27577711}
	}
	return c
}

func (c Preprocess) validate() error {
	if c.Side < 1 || c.Side > maxSide {
		return fmt.Errorf("picture side of %d pixels is outside 1 to %d", c.Side, maxSide)
	}
	if c.Shortest < c.Side || c.Shortest > 2*maxSide {
		return fmt.Errorf("shortest side of %d pixels is outside the crop's %d to %d", c.Shortest, c.Side, 2*maxSide)
	}
	for _, s := range c.Std {
		if !(s > 0) {
			return errors.New("standard deviation of a channel is not above zero")
		}
	}
	_, _, err := c.Resample.kernel()
	return err
}

// Preprocessor turns pictures into tensors. It is immutable and safe for concurrent use.
type Preprocessor struct {
	cfg Preprocess
	lut [3][256]float32
}

// NewPreprocessor checks cfg and fills in its defaults.
func NewPreprocessor(cfg Preprocess) (*Preprocessor, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("preprocessing: %w", err)
	}
	p := &Preprocessor{cfg: cfg}
	for c := range p.lut {
		for v := range p.lut[c] {
			scaled := float32(float64(v) * cfg.Rescale)
			p.lut[c][v] = (scaled - float32(cfg.Mean[c])) / float32(cfg.Std[c])
		}
	}
	return p, nil
}

// Config is the configuration with every default filled in.
func (p *Preprocessor) Config() Preprocess { return p.cfg }

// Len is the number of values in one tensor: 3 × Side × Side.
func (p *Preprocessor) Len() int { return 3 * p.cfg.Side * p.cfg.Side }

// Fill writes the tensor of pic to dst, which has Len values: channels first (R, G, B), then rows, then columns.
func (p *Preprocessor) Fill(dst []float32, pic encoder.Pixels) error {
	if len(dst) != p.Len() {
		return fmt.Errorf("tensor has %d values, want %d", len(dst), p.Len())
	}
	crop, err := p.Crop(pic)
	if err != nil {
		return err
	}
	plane := p.cfg.Side * p.cfg.Side
	r, g, b := dst[:plane], dst[plane:2*plane], dst[2*plane:]
	for i := range plane {
		px := crop.RGB[i*3 : i*3+3 : i*3+3]
		r[i], g[i], b[i] = p.lut[0][px[0]], p.lut[1][px[1]], p.lut[2][px[2]]
	}
	return nil
}

// Crop is the geometric half of Fill: the Side × Side pixels that the model sees, before normalisation.
func (p *Preprocessor) Crop(pic encoder.Pixels) (encoder.Pixels, error) {
	if err := pic.Validate(); err != nil {
		return encoder.Pixels{}, err
	}
	w, h := p.scaledSize(pic.W, pic.H)
	side := p.cfg.Side
	return resize(pic, w, h, p.cfg.Resample, window{cropOffset(w, side), cropOffset(h, side), side, side})
}

// scaledSize is torchvision's rule: the longer side is cut to whole pixels.
func (p *Preprocessor) scaledSize(w, h int) (int, int) {
	n := p.cfg.Shortest
	switch {
	case p.cfg.Squash:
		return n, n
	case w <= h:
		return n, n * h / w
	}
	return n * w / h, n
}

func cropOffset(size, side int) int { return int(math.RoundToEven(float64(size-side) / 2)) }
