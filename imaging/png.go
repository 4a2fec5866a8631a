package imaging

import (
	"encoding/binary"

	"pairmill/schemas"
)

// maxDeflate is the highest ratio that deflate reaches (RFC 1951: 258 bytes from two bits, less block overhead).
const maxDeflate = 1032

// pngHeader walks the chunks (PNG specification, third edition): size from IHDR, orientation from eXIf, frames from
// fcTL. Chunks are skipped by length, never inflated.
func pngHeader(data []byte) (Header, error) {
	be := binary.BigEndian
	if len(data) < 33 || string(data[12:16]) != "IHDR" {
		return Header{}, pngStart(data)
	}
	h := Header{
		Width: clampSide(be.Uint32(data[16:])), Height: clampSide(be.Uint32(data[20:])),
		bits: int(data[24]), grey: data[25] == 0 || data[25] == 4, collected: pngInGo,
	}
	h.perPixel = pngPerPixel(h.bits)
	if h.bits <= 8 {
		h.perPixel, h.beside = h.perPixel+pngBeside, int64(len(data))
	}
	shown := 0
	for at := 8; at+12 <= len(data); {
		n := int64(be.Uint32(data[at:]))
		body := data[at+8:]
		switch string(data[at+4 : at+8]) {
		case "fcTL":
			shown++
		case "eXIf":
			h.Orientation = exifOrientation(body[:min(n, int64(len(body)))])
		}
		if n+12 > int64(len(data)-at) {
			break
		}
		at += int(n) + 12
	}
	h.Frames, h.Animated = max(shown, 1), shown > 1
	return h, pngPlausible(h, data)
}

func pngStart(data []byte) error {
	if len(data) < 33 {
		return refuse(schemas.ImageTruncated, "png header of %d bytes", len(data))
	}
	return refuse(schemas.ImageCorrupt, "png does not start with IHDR")
}

// pngPlausible refuses a file that is too short for its size at the best compression there is.
func pngPlausible(h Header, data []byte) error {
	channels := map[byte]int64{0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[data[25]]
	row := (int64(h.Width)*channels*int64(h.bits) + 7) / 8
	if int64(h.Height) > 0 && row > maxDeflate*int64(len(data))/int64(h.Height) {
		return refuse(schemas.ImageTruncated, "png of %d×%d in %d bytes", h.Width, h.Height, len(data))
	}
	return nil
}

// pngPixels decodes an ordinary PNG the short way, where this build has one, and any other the way that knows them all.
func pngPixels(data []byte, h Header, mem *loan) (*Pixels, error) {
	if p := plainPixels(data, h, mem); p != nil {
		return p, nil
	}
	return anyPNG(data, h, mem)
}
