package clip

import (
	"encoding/json"
	"errors"
	"fmt"
)

// processorJSON is what matters in a Hugging Face preprocessor_config.json (CLIPImageProcessor, SiglipImageProcessor
// and their older "feature extractor" forms).
type processorJSON struct {
	DoResize      *bool     `json:"do_resize"`
	DoCenterCrop  *bool     `json:"do_center_crop"`
	DoRescale     *bool     `json:"do_rescale"`
	DoNormalize   *bool     `json:"do_normalize"`
	Size          sizeJSON  `json:"size"`
	CropSize      sizeJSON  `json:"crop_size"`
	Resample      *Filter   `json:"resample"`
	RescaleFactor float64   `json:"rescale_factor"`
	Mean          []float64 `json:"image_mean"`
	Std           []float64 `json:"image_std"`
}

// sizeJSON is a number, {"shortest_edge": n} or {"height": h, "width": w}.
type sizeJSON struct{ shortest, height, width int }

func (s *sizeJSON) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &s.shortest) == nil {
		return s.positive(b)
	}
	var o struct {
		Shortest int `json:"shortest_edge"`
		Height   int `json:"height"`
		Width    int `json:"width"`
	}
	if err := json.Unmarshal(b, &o); err != nil {
		return fmt.Errorf("size is neither a number nor an object of numbers: %s", b)
	}
	s.shortest, s.height, s.width = o.Shortest, o.Height, o.Width
	if s.height != s.width {
		return fmt.Errorf("size %s is not square", b)
	}
	return s.positive(b)
}

func (s *sizeJSON) positive(b []byte) error {
	if s.side() <= 0 && string(b) != "null" {
		return fmt.Errorf("size %s holds neither a number above 0, nor shortest_edge, nor height and width", b)
	}
	return nil
}

// side is the edge length whichever way it was written; 0 when absent.
func (s sizeJSON) side() int { return max(s.shortest, s.height) }

// ParsePreprocess reads a preprocessor_config.json. What it leaves out has Hugging Face's meaning: steps are on,
// statistics are CLIP's. A step that no fixed-size tensor can do without, switched off, is an error.
func ParsePreprocess(b []byte) (Preprocess, error) {
	var j processorJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return Preprocess{}, fmt.Errorf("preprocessor_config.json: %w", err)
	}
	c, err := j.preprocess()
	if err == nil {
		err = c.withDefaults().validate()
	}
	if err != nil {
		return Preprocess{}, fmt.Errorf("preprocessor_config.json: %w", err)
	}
	return c.withDefaults(), nil
}

func (j processorJSON) preprocess() (Preprocess, error) {
	c := Preprocess{Side: j.CropSize.side(), Shortest: j.Size.side(), Rescale: j.RescaleFactor}
	exact := j.Size.height > 0
	crops := on(j.DoCenterCrop) && (j.CropSize.side() > 0 || !exact)
	switch {
	case !on(j.DoResize):
		return c, errors.New("do_resize is off, so pictures would not have one size")
	case exact && (!crops || c.Side == c.Shortest):
		c.Squash, c.Side = true, c.Shortest
	case exact:
		return c, fmt.Errorf("size of %d pixels squashes and crop_size of %d crops; only one of them is supported",
			c.Shortest, c.Side)
	case !crops:
		return c, errors.New("do_center_crop is off and size keeps the aspect ratio, so pictures would not be square")
	case c.Side == 0:
		c.Side = c.Shortest
	}
	if j.Resample != nil {
		if _, _, err := j.Resample.kernel(); err != nil {
			return c, err
		}
		c.Resample = *j.Resample
	}
	return c, j.statistics(&c)
}

func (j processorJSON) statistics(c *Preprocess) error {
	if !on(j.DoRescale) {
		c.Rescale = 1
	}
	if !on(j.DoNormalize) {
		c.Std = [3]float64{1, 1, 1}
		return nil
	}
	if j.Mean == nil && j.Std == nil {
		return nil
	}
	if len(j.Mean) != 3 || len(j.Std) != 3 {
		return fmt.Errorf("image_mean and image_std have %d and %d values, want 3 each", len(j.Mean), len(j.Std))
	}
	c.Mean, c.Std = [3]float64(j.Mean), [3]float64(j.Std)
	return nil
}

// on is the value of a do_* switch, which is on when absent.
func on(b *bool) bool { return b == nil || *b }
