//go:build !turbojpeg || !cgo

package imaging

import (
	"bytes"
	"image"
	"image/jpeg"

	"pairmill/schemas"
)

// Codec names what decodes and encodes JPEG in this build.
const Codec = "go"

const jpegInGo = true

// adobeMarker announces four components without a colour transform. image/jpeg refuses CMYK that lacks it.
const adobeMarker = "\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x00"

func jpegPixels(data []byte, h Header, _ *loan) (*Pixels, error) {
	plain := h.components == 4 && !h.adobe
	if plain {
		data = append(append(append(make([]byte, 0, len(data)+len(adobeMarker)), data[:2]...), adobeMarker...), data[2:]...)
	}
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fromDecoder(err)
	}
	if m, ok := img.(*image.CMYK); ok && plain {
		for i := range m.Pix { // undo the inversion that the marker made image/jpeg do
			m.Pix[i] = 255 - m.Pix[i]
		}
	}
	if m, ok := img.(*image.YCbCr); ok && m.Rect == image.Rect(0, 0, h.Width, h.Height) {
		return flattenJPEG(m), nil
	}
	return flattenAs(img, h)
}

func encodeJPEG(p *Pixels, quality int, _ *loan) ([]byte, error) {
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, p.rgba(), &jpeg.Options{Quality: max(quality, 1)}); err != nil {
		return nil, refuse(schemas.ImageEncodeFailed, "jpeg: %v", err)
	}
	return buf.Bytes(), nil
}

func resample(dst, src *Pixels, xs, ys axis, _ *loan) { resampleGo(dst, src, xs, ys) }

// jpegToJPEG has no short way in this build.
type jpegToJPEG struct{}

func (jpegToJPEG) takes([]byte, Header, order) bool { return false }

func (jpegToJPEG) way(data []byte, h Header, o order) way { return &inSteps{data, h, o} }
