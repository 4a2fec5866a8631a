package imaging

// order is what is to be made of one picture.
type order struct {
	g       geometry
	by      Interpolation
	boxes   []Box
	format  Format
	quality int
	skip    bool // keep the bytes where they may stand
	half    bool // decode at half size where that is allowed
	colour  colour
	cache   *axisCache // may be nil
}

func (c Config) order(g geometry, boxes []Box) order {
	o := order{g: g, by: c.Downscale, boxes: boxes, format: c.Format, quality: c.Quality, skip: c.SkipReencode, half: c.Half}
	if g.up {
		o.by = c.Upscale
	}
	return o
}

// inSteps is the way of every format: through RGB in memory. The small picture is turned, not the large one.
type inSteps struct {
	data []byte
	h    Header
	o    order
}

// holds counts the source, the scaled picture as stored and upright, the canvas and the encoder's copy of it; and for a
// blur three planes of floats and a mask, twice.
func (s *inSteps) holds() holding {
	h, o := s.h, s.o
	source := int64(h.Width)*int64(h.Height)*int64(h.perPixel) + h.beside
	each := int64(6)
	if len(o.boxes) > 0 {
		each += 2 * 4 * (3 + 1) * 2
	}
	all := source + int64(o.g.w)*int64(o.g.h)*each + int64(o.g.outW)*int64(o.g.outH)*(3+4)
	return holding{bytes: all, garbage: all}
}

func (s *inSteps) make() ([]byte, uint64, error) {
	data, h, o := s.data, s.h, s.o
	src, err := decode(data, h)
	if err != nil {
		return nil, 0, err
	}
	o.colour.apply(src) // before scaling: behind it, coloured edges would be off by up to twenty levels
	w, ht := o.g.stored(h.Orientation)
	small := src
	if w != src.W || ht != src.H {
		small = src.resample(o.cache.axes(o.by, src.W, src.H, w, ht))
	}
	hash := phashStored(small, h.Orientation)
	if keeps(data, h, o) {
		return data, hash, nil
	}
	small.blur(o.boxes)
	out, err := Encode(o.g.fit(small.upright(h.Orientation)), o.format, o.quality)
	return out, hash, err
}

// stored returns the scaled sides before turning.
func (g geometry) stored(orientation int) (w, h int) {
	if orientation >= 5 {
		return g.h, g.w
	}
	return g.w, g.h
}
