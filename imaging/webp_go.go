//go:build !webp || !cgo

package imaging

import (
	"bytes"
	"image"

	"golang.org/x/image/webp"
)

const webpInGo = true

// perPixel counts two planes of four bytes, which a lossless frame takes, and RGB.
func (fr *webpFrame) perPixel() int { return 8 + 3 }

func (fr *webpFrame) pixels(*loan) (*Pixels, error) {
	img, err := webp.Decode(bytes.NewReader(fr.file()))
	if err != nil {
		return nil, fromDecoder(err)
	}
	return flattenWebP(img), nil
}

// flattenWebP differs from flatten in the colours of lossy pictures: VP8 has ITU-R BT.601 studio range, which
// image/color does not know.
func flattenWebP(img image.Image) *Pixels {
	switch m := img.(type) {
	case *image.YCbCr:
		return vp8RGB(m, nil, 0)
	case *image.NYCbCrA:
		return vp8RGB(&m.YCbCr, m.A, m.AStride)
	}
	return flatten(img)
}
