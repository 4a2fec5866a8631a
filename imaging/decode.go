package imaging

import "pairmill/schemas"

// Decode returns the first frame of data, upright, on white, as sRGB where its profile allows. Errors are *Error. Unlike a Processor it does not
// limit how many pictures are decoded at a time.
func Decode(data []byte, l Limits) (*Pixels, error) {
	h, err := ReadHeader(data)
	if err != nil {
		return nil, err
	}
	if err := l.Check(h); err != nil {
		return nil, err
	}
	p, err := decode(data, h, nil)
	if err != nil {
		return nil, err
	}
	colourOf(data, h).apply(p)
	return p.upright(h.Orientation, nil), nil
}

// decode returns the picture as stored. It is the boundary at which a decoder's panic becomes a reason.
func decode(data []byte, h Header, mem *loan) (p *Pixels, err error) {
	c, ok := codecOf(h.Format)
	if !ok {
		return nil, refusal(h.Format)
	}
	return guarded(h.Format, func() (*Pixels, error) { return c.pixels(data, h, mem) })
}

func guarded(f Format, work func() (*Pixels, error)) (p *Pixels, err error) {
	defer func() {
		if r := recover(); r != nil {
			p, err = nil, refuse(schemas.DecoderCrash, "%s decoder: %v", f, r)
		}
	}()
	return work()
}
