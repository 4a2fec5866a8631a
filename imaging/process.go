package imaging

import "pairmill/schemas"

// Result is a processed picture.
type Result struct {
	Data           []byte // the encoded output; the caller's own
	Format         string // of Data: "jpeg" or "png"
	Width, Height  int    // of Data
	OriginalWidth  int    // upright, before resizing
	OriginalHeight int
	SourceFormat   string // of the input, by magic bytes
	Animated       bool   // the input had more frames; Data is the first
	Orientation    int    // EXIF orientation that was applied, 1 to 8
	PHash          uint64 // see PHash; of the whole picture, before cutting or bordering
}

// Processor turns downloaded bytes into the bytes of a sample. Safe for concurrent use.
type Processor struct {
	cfg  Config
	gate *gate
	jpeg jpegToJPEG // the short way of this build
}

// New checks the Config.
func New(cfg Config) (*Processor, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	return &Processor{cfg: cfg, gate: newGate(cfg.MaxDecoded)}, nil
}

// Process decodes, turns upright, resizes, hashes and encodes one picture. It keeps no reference to data. Its errors are
// *Error. It waits while Config.MaxDecoded is used up by others.
func (p *Processor) Process(data []byte) (Result, error) {
	h, err := ReadHeader(data)
	if err != nil {
		return Result{SourceFormat: string(h.Format)}, err
	}
	w, ht := h.Upright()
	r := Result{
		Format: string(p.cfg.Format), SourceFormat: string(h.Format), OriginalWidth: w, OriginalHeight: ht,
		Animated: h.Animated, Orientation: h.Orientation,
	}
	if err := p.cfg.limits().Check(h); err != nil {
		return r, err
	}
	g := p.cfg.Mode.plan(w, ht, p.cfg.Side, p.cfg.OnlyIfBigger)
	if err := p.checkOutput(g); err != nil {
		return r, err
	}
	leave, err := p.gate.enter(cost(h, g))
	if err != nil {
		return r, err
	}
	defer leave()
	r.Width, r.Height = g.outW, g.outH
	if h.Format == JPEG && p.cfg.Format == JPEG {
		r.Data, r.PHash, err = p.jpeg.transcode(data, h, g, p.cfg.Quality)
	} else {
		r.Data, r.PHash, err = inSteps(data, h, g, p.cfg.Format, p.cfg.Quality)
	}
	return r, err
}

// checkOutput applies the limits to the scaled picture: one of 1×10,000 with its short side brought to 256 would take
// 2 GB.
func (p *Processor) checkOutput(g geometry) error {
	err := p.cfg.limits().Check(Header{Width: g.w, Height: g.h, Frames: 1})
	if err != nil {
		return refuse(ReasonOf(err), "scaled by %s: %s", p.cfg.Mode, err.(*Error).Detail)
	}
	return nil
}

// cost is the worst case of decoded bytes held at once: the source, the scaled picture as stored and upright, the
// canvas and the encoder's copy of it.
func cost(h Header, g geometry) int64 {
	source := int64(h.Width) * int64(h.Height) * int64(h.perPixel)
	return source + int64(g.w)*int64(g.h)*6 + int64(g.outW)*int64(g.outH)*(3+4)
}

// inSteps is the way of every format: through RGB in memory. The small picture is turned, not the large one.
func inSteps(data []byte, h Header, g geometry, to Format, quality int) ([]byte, uint64, error) {
	src, err := decode(data, h)
	if err != nil {
		return nil, 0, err
	}
	w, ht := g.stored(h.Orientation)
	small := src.resize(w, ht)
	hash := phashStored(small, h.Orientation)
	out, err := Encode(g.fit(small.upright(h.Orientation)), to, quality)
	return out, hash, err
}

// stored returns the scaled sides before turning.
func (g geometry) stored(orientation int) (w, h int) {
	if orientation >= 5 {
		return g.h, g.w
	}
	return g.w, g.h
}

// Encode writes p as JPEG (4:2:0, quality 1 to 100) or PNG (quality unused). Errors are *Error.
func Encode(p *Pixels, f Format, quality int) ([]byte, error) {
	switch f {
	case JPEG:
		return encodeJPEG(p, quality)
	case PNG:
		return encodePNG(p)
	}
	return nil, refuse(schemas.ImageEncodeFailed, "no encoder for %q", f)
}
