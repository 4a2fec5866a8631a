package imaging

import (
	"bytes"
	"encoding/binary"

	"golang.org/x/image/bmp"

	"pairmill/schemas"
)

// bmpHeader reads the DIB header. Uncompressed pixels must all be there: a header of 54 bytes may not cost hundreds of
// megabytes.
func bmpHeader(data []byte) (Header, error) {
	le := binary.LittleEndian
	if len(data) < 26 {
		return Header{}, refuse(schemas.ImageTruncated, "bmp header of %d bytes", len(data))
	}
	h := Header{perPixel: 4 + 3}
	if data[14] == 12 {
		h.Width, h.Height = int(le.Uint16(data[18:])), int(le.Uint16(data[20:]))
		return h, nil
	}
	if len(data) < 54 {
		return h, refuse(schemas.ImageTruncated, "bmp header of %d bytes", len(data))
	}
	w, ht := int64(int32(le.Uint32(data[18:]))), int64(int32(le.Uint32(data[22:])))
	if ht < 0 {
		ht = -ht // rows from the top down
	}
	h.Width, h.Height = clampSide(uint32(max(w, 0))), clampSide(uint32(ht))
	bits, compression := int64(le.Uint16(data[28:])), le.Uint32(data[30:])
	if compression == 0 || compression == 3 {
		room := int64(len(data)) - int64(le.Uint32(data[10:]))
		row := (int64(h.Width)*bits + 31) / 32 * 4
		if h.Height > 0 && (row > room || row*int64(h.Height) > room) {
			return h, refuse(schemas.ImageTruncated, "bmp of %d×%d at %d bits in %d bytes", w, ht, bits, len(data))
		}
	}
	return h, nil
}

func bmpPixels(data []byte, h Header) (*Pixels, error) {
	img, err := bmp.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fromDecoder(err)
	}
	return flattenAs(img, h)
}
