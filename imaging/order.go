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
	source := h.Pixels()*int64(h.perPixel) + h.beside
	scaled, canvas := int64(o.g.w)*int64(o.g.h), int64(o.g.outW)*int64(o.g.outH)
	var m holding
	if h.collected {
		m.garbage += source
	}
	if len(o.boxes) > 0 {
		m.garbage += scaled * 2 * 4 * (3 + 1) * 2
	}
	if o.format == PNG || jpegInGo {
		m.garbage += canvas * 4
	}
	m.bytes = m.garbage + scaled*6 + canvas*(3+4)
	if !h.collected {
		m.bytes += source
	}
	return m
}

func (s *inSteps) make(mem *loan) ([]byte, uint64, error) {
	data, h, o := s.data, s.h, s.o
	src, err := decode(data, h, mem)
	if err != nil {
		return nil, 0, err
	}
	o.colour.apply(src) // before scaling: behind it, coloured edges would be off by up to twenty levels
	w, ht := o.g.stored(h.Orientation)
	small := src
	if w != src.W || ht != src.H {
		xs, ys := o.cache.axes(o.by, src.W, src.H, w, ht)
		small = src.resample(xs, ys, mem)
	}
	hash := phashStored(small, h.Orientation, mem)
	if keeps(data, h, o) {
		return data, hash, nil
	}
	small.blur(o.boxes)
	out, err := encode(o.g.fit(small.upright(h.Orientation, mem), mem), o.format, o.quality, mem)
	return out, hash, err
}

// stored returns the scaled sides before turning.
func (g geometry) stored(orientation int) (w, h int) {
	if orientation >= 5 {
		return g.h, g.w
	}
	return g.w, g.h
}
