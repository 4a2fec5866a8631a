//go:build !png || !cgo

package imaging

import (
	"bytes"
	"image/png"
)

func pngPixels(data []byte, h Header) (*Pixels, error) {
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fromDecoder(err)
	}
	return flattenAs(img, h)
}
