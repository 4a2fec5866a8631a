package imaging

import (
	"context"
	"encoding/binary"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"pairmill/schemas"
)

const (
	// avifBase is what the module takes beside its pixels and twice the file: stack, tables, the frame's borders. Four
	// megabytes were measured.
	avifBase = 6 << 20
	// maxAVIF is the most memory for one picture: 8-bit 4:2:0 up to 42 MP, and less of what takes more. One file should not be
	// able to take what all others share.
	maxAVIF = 1 << 30
)

// avifPixels decodes the shown picture, of a sequence the first frame, in WebAssembly.
func avifPixels(data []byte, h Header, _ *loan) (*Pixels, error) {
	need := int64(h.Width)*int64(h.Height)*int64(h.perPixel-3) + h.beside
	if need > maxAVIF {
		return nil, refuse(schemas.ImageTooManyPixels, "avif of %d×%d would take %d MB to decode", h.Width, h.Height, need>>20)
	}
	engine, err := openAVIF()
	if err != nil {
		return nil, refuse(schemas.ImageUnsupported, "%v", err)
	}
	ctx := experimental.WithMemoryAllocator(context.Background(), &memory{make([]byte, 0, need)})
	instance, err := engine.runtime.InstantiateModule(ctx, engine.module, wazero.NewModuleConfig().WithName("").WithStartFunctions("_initialize"))
	if err != nil {
		return nil, refuse(schemas.ImageUnsupported, "avif: %v", err)
	}
	defer instance.Close(ctx)
	c := avifCall{ctx: ctx, module: instance}
	p, err := c.decode(data, h)
	if c.err != nil { // a trap inside the module: its memory ran out, or it lost its way
		what, _, _ := strings.Cut(c.err.Error(), "\n") // the rest is a stack
		return nil, refuse(schemas.ImageCorrupt, "avif: %s", what)
	}
	return p, err
}

// avifCall talks to one instance. The first failure stays.
type avifCall struct {
	ctx    context.Context
	module api.Module
	err    error
}

func (c *avifCall) call(name string, args ...uint64) uint32 {
	if c.err != nil {
		return 0
	}
	result, err := c.module.ExportedFunction(name).Call(c.ctx, args...)
	if c.err = err; err != nil || len(result) == 0 {
		return 0
	}
	return uint32(result[0])
}

func (c *avifCall) alloc(n int) uint64 { return uint64(c.call("malloc", uint64(n))) }

// decode asks twice, as the module wants: for the size, then for pixels.
func (c *avifCall) decode(data []byte, h Header) (*Pixels, error) {
	in, out := c.alloc(len(data)), c.alloc(24) // width, height, depth, frames, 8 bytes of delay
	if in == 0 || out == 0 || !c.module.Memory().Write(uint32(in), data) {
		return nil, refuse(schemas.ImageCorrupt, "avif: no memory for %d bytes", len(data))
	}
	if c.call("decode", in, uint64(len(data)), 1, 0, out, out+4, out+8, out+12, 0, 0) == 0 {
		return nil, refuse(schemas.ImageCorrupt, "avif: the container is damaged")
	}
	head, ok := c.module.Memory().Read(uint32(out), 16)
	if !ok {
		return nil, refuse(schemas.ImageCorrupt, "avif: no header")
	}
	le := binary.LittleEndian
	w, ht, size := le.Uint32(head), le.Uint32(head[4:]), 4
	if int64(w) != int64(h.Width) || int64(ht) != int64(h.Height) {
		return nil, refuse(schemas.ImageCorrupt, "avif of %d×%d became %d×%d", h.Width, h.Height, w, ht)
	}
	if le.Uint32(head[8:]) > 8 {
		size = 8
	}
	n := h.Width * h.Height * size
	pix := c.alloc(n)
	// The module says yes to a picture of which no frame could be decoded. Then this mark stays.
	const mark = 0x7ff8_dead_beef_0001
	if pix == 0 || !c.module.Memory().WriteUint64Le(uint32(out)+16, mark) {
		return nil, refuse(schemas.ImageCorrupt, "avif: no memory for %d×%d", h.Width, h.Height)
	}
	ok = c.call("decode", in, uint64(len(data)), 0, 0, out, out+4, out+8, out+12, out+16, pix) != 0
	if delay, _ := c.module.Memory().ReadUint64Le(uint32(out) + 16); !ok || delay == mark {
		return nil, refuse(schemas.ImageCorrupt, "avif: the picture is damaged")
	}
	view, ok := c.module.Memory().Read(uint32(pix), uint32(n))
	if !ok {
		return nil, refuse(schemas.ImageCorrupt, "avif: no pixels")
	}
	p := premultiplied(view, h, size)
	if f, err := parseAVIF(data); err == nil {
		f.smooth(p)
	}
	return p, nil
}

// smooth puts right what the module does to chroma. Behind transparency it cannot be told.
func (f *avifFile) smooth(p *Pixels) {
	if f.full || f.grey || f.alpha || f.tall == 0 {
		return
	}
	matrix := 2
	if f.cicp != nil {
		matrix = f.cicp[2]
	}
	smoothChroma(p, matrix, f.tall)
}

// premultiplied puts RGBA of 8 or 16 bits, the latter in little endian, on white.
func premultiplied(src []byte, h Header, size int) *Pixels {
	p := newPixels(h.Width, h.Height)
	for i, j := 0, 0; i < len(p.Pix); i, j = i+3, j+size {
		d, s := p.Pix[i:i+3:i+3], src[j:j+size:j+size]
		if size == 4 {
			d[0], d[1], d[2] = addWhite(s[0], s[3]), addWhite(s[1], s[3]), addWhite(s[2], s[3])
			continue
		}
		v := func(k int) uint32 { return uint32(s[2*k]) | uint32(s[2*k+1])<<8 }
		white := 0xffff - v(3)
		d[0], d[1], d[2] = to8(v(0)+white), to8(v(1)+white), to8(v(2)+white)
	}
	return p
}
