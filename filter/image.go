package filter

import "pairmill/schemas"

// Image is what a picture's header says, before its pixels are decoded.
type Image struct {
	Width, Height int   // pixels of the original, as stored (before EXIF orientation, which changes no rule here)
	Bytes         int64 // of the file as fetched
}

// NewImage builds the chain over header facts.
func NewImage(f schemas.Filter) Chain[Image] {
	var c Chain[Image]
	c.add(f.MinBytes > 0, MinBytes(int64(f.MinBytes)))
	c.add(f.MinSide > 0, MinSide(f.MinSide))
	c.add(f.MaxArea > 0, MaxArea(f.MaxArea))
	c.add(f.MaxAspect > 0, MaxAspect(f.MaxAspect))
	return c
}

func (i Image) area() int64 { return int64(i.Width) * int64(i.Height) }

// aspect is longer / shorter; +Inf where a side is 0.
func (i Image) aspect() float64 {
	return float64(max(i.Width, i.Height)) / float64(min(i.Width, i.Height))
}
