//go:build !png || !cgo

package imaging

import (
	"bytes"
	"image/png"
)

const pngInGo = true

// pngPerPixel counts RGBA and RGB. Interlaced pictures hold a pass beside the whole.
func pngPerPixel(bits int) int {
	if bits == 16 {
		return 2*8 + 3
	}
	return 2*4 + 3
}

func anyPNG(data []byte, h Header, _ *loan) (*Pixels, error) {
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fromDecoder(err)
	}
	return flattenAs(img, h)
}
