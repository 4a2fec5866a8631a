package imaging

// Result is a processed picture.
type Result struct {
	Data           []byte // the encoded output; the caller's own, unless Original
	Format         string // of Data: "jpeg", "png" or "webp"
	Width, Height  int    // of Data
	OriginalWidth  int    // upright, before resizing
	OriginalHeight int
	SourceFormat   string // of the input, by magic bytes
	Animated       bool   // the input had more frames; Data is the first
	Orientation    int    // EXIF orientation that was applied, 1 to 8
	PHash          uint64 // see PHash; of the whole picture, before cutting or bordering
	Original       bool   // Data is the input itself (Config.SkipReencode)
	Profile        string // what became of an embedded colour profile; empty = there was none
}

// Processor turns downloaded bytes into the bytes of a sample. Safe for concurrent use.
type Processor struct {
	cfg  Config
	gate *gate
	jpeg jpegToJPEG // the short way of this build
	axes axisCache
	mem  *scratch
}

// New checks the Config.
func New(cfg Config) (*Processor, error) {
	cfg = cfg.withDefaults()
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	mem, garbage := newScratch(cfg.MaxDecoded), min(maxGarbage, cfg.MaxDecoded/16)
	return &Processor{cfg: cfg, gate: newGate(cfg.MaxDecoded-int64(mem.most)-garbage, garbage), mem: mem}, nil
}

// Process decodes, resizes, hashes, blurs the boxes, turns upright, cuts or borders, and encodes one picture. It keeps no
// reference to data, except as Result.Data when Result.Original. Its errors are *Error. It waits while Config.MaxDecoded
// is used up by others.
func (p *Processor) Process(data []byte, blur ...Box) (Result, error) {
	plant(data)
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
	o := p.cfg.order(p.cfg.Mode.plan(w, ht, p.cfg.Side, p.cfg.OnlyIfBigger), blur)
	if err := p.checkOutput(o.g); err != nil {
		return r, err
	}
	o.colour, o.cache = colourOf(data, h), &p.axes
	r.Profile = o.colour.note
	way := p.way(data, h, o)
	m := way.holds()
	leave, err := p.gate.enter(m.bytes)
	if err != nil {
		return r, err
	}
	mem := p.mem.lend()
	defer func() { leave(m.garbage + mem.giveBack()) }()
	r.Width, r.Height = o.g.outW, o.g.outH
	r.Original = keeps(data, h, o)
	r.Data, r.PHash, err = way.make(mem)
	return r, err
}

// way is how one picture becomes a sample.
type way interface {
	holds() holding
	// make works in mem, and returns nothing that lies there.
	make(mem *loan) (encoded []byte, phash uint64, err error)
}

func (p *Processor) way(data []byte, h Header, o order) way {
	if h.Format == JPEG && p.jpeg.takes(data, h, o) {
		return p.jpeg.way(data, h, o)
	}
	if way, ok := rewrites(data, h, o); ok {
		return way
	}
	return &inSteps{data, h, o}
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
