package imaging

import (
	"bytes"
	"encoding/binary"
	"image/gif"

	"pairmill/schemas"
)

// gifHeader reads the logical screen and counts frames by walking blocks (GIF89a specification), without inflating any.
// The walk ends quietly at the first damage: whether the first frame is whole is for the decoder to say.
func gifHeader(data []byte) (Header, error) {
	if len(data) < 13 {
		return Header{}, refuse(schemas.ImageTruncated, "gif header of %d bytes", len(data))
	}
	frames := countGIFFrames(data)
	return Header{
		Width:     int(binary.LittleEndian.Uint16(data[6:])),
		Height:    int(binary.LittleEndian.Uint16(data[8:])),
		Frames:    frames,
		Animated:  frames > 1,
		perPixel:  1 + 3 + 3, // indices, the frame's RGB, the screen's RGB
		collected: true,
	}, nil
}

func countGIFFrames(data []byte) int {
	frames, at := 0, 13+colorTable(data[10])
	for at < len(data) {
		switch data[at] {
		case 0x21: // extension: label, sub-blocks
			at = skipBlocks(data, at+2)
		case 0x2c: // image: descriptor, table, minimum code size, sub-blocks
			if at+10 > len(data) {
				return frames
			}
			frames++
			at = skipBlocks(data, at+10+colorTable(data[at+9])+1)
		default:
			return frames
		}
	}
	return frames
}

// colorTable is the length in bytes of the table that follows a packed field.
func colorTable(packed byte) int {
	if packed&0x80 == 0 {
		return 0
	}
	return 3 << (1 + packed&7)
}

func skipBlocks(data []byte, at int) int {
	for at < len(data) && data[at] != 0 {
		at += 1 + int(data[at])
	}
	return at + 1
}

// gifPixels decodes the first frame and puts it on a white screen.
func gifPixels(data []byte, h Header, mem *loan) (*Pixels, error) {
	img, err := gif.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fromDecoder(err)
	}
	b := img.Bounds()
	frame := flatten(img)
	if b.Min.X == 0 && b.Min.Y == 0 && frame.W == h.Width && frame.H == h.Height {
		return frame, nil
	}
	if b.Min.X < 0 || b.Min.Y < 0 || b.Max.X > h.Width || b.Max.Y > h.Height {
		return nil, refuse(schemas.ImageCorrupt, "gif frame %v lies outside %d×%d", b, h.Width, h.Height)
	}
	screen := mem.white(h.Width, h.Height)
	screen.paste(frame, b.Min.X, b.Min.Y)
	return screen, nil
}
