package imaging

import (
	"encoding/binary"

	"pairmill/schemas"
)

// webpFile is the container (RFC 9649) taken apart: canvas, and the first frame's bitstream.
type webpFile struct {
	w, h        int
	frames      int
	animated    bool
	orientation int
	first       webpFrame
}

// webpFrame is one picture inside the container, at (x, y) on the canvas.
type webpFrame struct {
	x, y, w, h int
	alpha      []byte // ALPH payload, or nil
	lossy      []byte // VP8 payload, or nil
	lossless   []byte // VP8L payload, or nil
}

func webpHeader(data []byte) (Header, error) {
	f, err := parseWebP(data)
	h := Header{Width: f.w, Height: f.h, Frames: f.frames, Animated: f.frames > 1, Orientation: f.orientation, collected: webpInGo}
	h.perPixel = f.first.perPixel()
	if f.animated {
		h.perPixel += 3 // the canvas
	}
	return h, err
}

func parseWebP(data []byte) (webpFile, error) {
	var f webpFile
	size := int64(binary.LittleEndian.Uint32(data[4:]))
	if size+8 > int64(len(data)) {
		return f, refuse(schemas.ImageTruncated, "webp of %d bytes announces %d", len(data), size+8)
	}
	for id, body := range riffChunks(data[12:max(12, size+8)]) {
		switch id {
		case "VP8X":
			if len(body) < 10 {
				return f, refuse(schemas.ImageCorrupt, "webp: VP8X of %d bytes", len(body))
			}
			f.animated = body[0]&2 != 0
			f.w, f.h = uint24(body[4:])+1, uint24(body[7:])+1
		case "EXIF":
			f.orientation = exifOrientation(body)
		case "ANMF":
			f.frames++
			if f.frames == 1 && len(body) >= 16 {
				f.first = webpFrame{x: uint24(body) * 2, y: uint24(body[3:]) * 2, w: uint24(body[6:]) + 1, h: uint24(body[9:]) + 1}
				f.first.collect(body[16:])
			}
		}
	}
	if f.animated {
		return f, f.checkAnimated()
	}
	f.frames = 1
	f.first = webpFrame{w: f.w, h: f.h}
	f.first.collect(data[12:max(12, size+8)])
	w, h, ok := f.first.size()
	if f.w == 0 {
		f.w, f.h, f.first.w, f.first.h = w, h, w, h
	}
	if !ok || w != f.w || h != f.h {
		return f, refuse(schemas.ImageCorrupt, "webp: no picture of %d×%d inside", f.w, f.h)
	}
	return f, nil
}

// checkAnimated verifies that the first frame is what its descriptor says and lies on the canvas: the canvas is what
// the limits have seen.
func (f *webpFile) checkAnimated() error {
	w, h, ok := f.first.size()
	switch {
	case !ok || w != f.first.w || h != f.first.h:
		return refuse(schemas.ImageCorrupt, "webp: first frame of %d×%d is missing", f.first.w, f.first.h)
	case f.first.x+w > f.w || f.first.y+h > f.h:
		return refuse(schemas.ImageCorrupt, "webp: first frame lies outside %d×%d", f.w, f.h)
	}
	return nil
}

// collect remembers the bitstreams among chunks. The first of each kind counts.
func (fr *webpFrame) collect(chunks []byte) {
	for id, body := range riffChunks(chunks) {
		switch {
		case id == "ALPH" && fr.alpha == nil:
			fr.alpha = body
		case id == "VP8 " && fr.lossy == nil:
			fr.lossy = body
		case id == "VP8L" && fr.lossless == nil:
			fr.lossless = body
		}
	}
}

// size reads the sides out of the bitstream itself.
func (fr *webpFrame) size() (w, h int, ok bool) {
	if b := fr.lossless; len(b) >= 5 && b[0] == 0x2f {
		v := binary.LittleEndian.Uint32(b[1:])
		return int(v&0x3fff) + 1, int(v>>14&0x3fff) + 1, true
	}
	if b := fr.lossy; len(b) >= 10 && string(b[3:6]) == "\x9d\x01\x2a" {
		le := binary.LittleEndian
		return int(le.Uint16(b[6:]) & 0x3fff), int(le.Uint16(b[8:]) & 0x3fff), true
	}
	return 0, 0, false
}

// file wraps the frame into a still file of its own, the only kind x/image/webp reads.
func (fr *webpFrame) file() []byte {
	body := []byte("WEBP")
	switch {
	case fr.lossless != nil:
		body = appendChunk(body, "VP8L", fr.lossless)
	case fr.alpha != nil:
		x := make([]byte, 10)
		x[0] = 0x10
		putUint24(x[4:], fr.w-1)
		putUint24(x[7:], fr.h-1)
		body = appendChunk(appendChunk(appendChunk(body, "VP8X", x), "ALPH", fr.alpha), "VP8 ", fr.lossy)
	default:
		body = appendChunk(body, "VP8 ", fr.lossy)
	}
	return appendChunk(nil, "RIFF", body)
}

func webpPixels(data []byte, h Header, mem *loan) (*Pixels, error) {
	f, err := parseWebP(data)
	if err != nil {
		return nil, err
	}
	frame, err := f.first.pixels(mem)
	if err != nil {
		return nil, err
	}
	if frame.W != f.first.w || frame.H != f.first.h {
		return nil, refuse(schemas.ImageCorrupt, "webp: frame of %d×%d became %d×%d", f.first.w, f.first.h, frame.W, frame.H)
	}
	if f.first.x == 0 && f.first.y == 0 && frame.W == h.Width && frame.H == h.Height {
		return frame, nil
	}
	canvas := mem.white(h.Width, h.Height)
	canvas.paste(frame, f.first.x, f.first.y)
	return canvas, nil
}
