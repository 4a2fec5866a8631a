package picturesite

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/bmp"

	"pairmill/internal/picturebook"
)

// picture is a drawing and how it is stored.
type picture struct {
	scene         picturebook.Scene
	width, height int // where they differ, the square drawing hangs in the middle of a mat
	format        string
}

var mat = color.RGBA{R: 236, G: 232, B: 222, A: 255}

func (p picture) draw() image.Image {
	side := min(p.width, p.height)
	square := p.scene.Draw(side)
	if p.width == p.height {
		return square
	}
	canvas := image.NewRGBA(image.Rect(0, 0, p.width, p.height))
	draw.Draw(canvas, canvas.Bounds(), image.NewUniform(mat), image.Point{}, draw.Src)
	at := image.Pt((p.width-side)/2, (p.height-side)/2)
	draw.Draw(canvas, square.Bounds().Add(at), square, image.Point{}, draw.Src)
	return canvas
}

// encode draws the picture into the bytes of its format.
func (p picture) encode() ([]byte, error) {
	var b bytes.Buffer
	var err error
	switch img := p.draw(); p.format {
	case "jpg":
		err = jpeg.Encode(&b, img, &jpeg.Options{Quality: 88})
	case "png":
		err = png.Encode(&b, img)
	case "gif":
		err = gif.Encode(&b, img, nil)
	case "bmp":
		err = bmp.Encode(&b, img)
	default:
		err = fmt.Errorf("unknown format")
	}
	if err != nil {
		return nil, fmt.Errorf("encode %s picture: %w", p.format, err)
	}
	return b.Bytes(), nil
}

// halved is the first half of the file.
func (p picture) halved() ([]byte, error) {
	b, err := p.encode()
	return b[:len(b)/2], err
}

// note is what the wall text says of it.
func (p picture) note(number int) string {
	return fmt.Sprintf("No. %d · %s, %d × %d", number, p.format, p.width, p.height)
}

func (p picture) answer() answer { return answer{mediaType: mediaTypes[p.format], body: p.encode} }

var mediaTypes = map[string]string{"jpg": "image/jpeg", "png": "image/png", "gif": "image/gif", "bmp": "image/bmp"}

// svg is a drawing that has no pixels.
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="256" height="256">` +
	`<rect width="100" height="100" fill="#e8efe4"/><circle cx="50" cy="50" r="32" fill="#3b7d4f"/></svg>` + "\n"
