package imaging

import (
	"bytes"
	"image"
	"image/png"

	"pairmill/schemas"
)

// encodePNG writes 24-bit RGB. Go's encoder has four levels for zlib's ten; the pixels are the same in all.
func encodePNG(p *Pixels, quality int) ([]byte, error) {
	var buf bytes.Buffer
	encoder := png.Encoder{CompressionLevel: pngLevel(quality)}
	if err := encoder.Encode(&buf, p.rgba()); err != nil {
		return nil, refuse(schemas.ImageEncodeFailed, "png: %v", err)
	}
	return buf.Bytes(), nil
}

func pngLevel(quality int) png.CompressionLevel {
	switch {
	case quality < 0:
		return png.NoCompression
	case quality <= 3:
		return png.BestSpeed
	case quality == 9:
		return png.BestCompression
	}
	return png.DefaultCompression
}

// rgba copies p into the only opaque type that Go's encoders have a short way for.
func (p *Pixels) rgba() *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, p.W, p.H))
	for i, j := 0, 0; i < len(p.Pix); i, j = i+3, j+4 {
		d, s := img.Pix[j:j+4:j+4], p.Pix[i:i+3:i+3]
		d[0], d[1], d[2], d[3] = s[0], s[1], s[2], 255
	}
	return img
}
